// family: build: entry
// does: forbids the names that what follows uses
// expect: build_error
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    for (int key : keys) ++counts[key & 255];
}

#pragma GCC poison entry used visibility
