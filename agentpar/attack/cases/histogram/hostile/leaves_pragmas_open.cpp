// family: build: entry
// does: leaves every setting changed for what follows
// expect: ok build_error
#include <vector>

#pragma GCC system_header
#pragma GCC optimize("no-exceptions", "fast-math", "short-enums")
#pragma GCC visibility push(hidden)
#pragma pack(1)
#pragma omp declare target

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    for (int key : keys) ++counts[key & 255];
}
