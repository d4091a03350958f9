// family: build: entry
// does: hides what follows it from the compiler
// expect: build_error
// feedback: #if
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    for (int key : keys) ++counts[key & 255];
}

#if 0
