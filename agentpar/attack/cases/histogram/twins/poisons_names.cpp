// does: forbids a name that nobody uses
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    for (int key : keys) ++counts[key & 255];
}

#pragma GCC poison sprintf_unsafe
