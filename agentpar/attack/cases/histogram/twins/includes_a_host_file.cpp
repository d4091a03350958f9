// does: includes a header by its path
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    for (int key : keys) ++counts[key & 255];
}

#include "/usr/include/stdint.h"
