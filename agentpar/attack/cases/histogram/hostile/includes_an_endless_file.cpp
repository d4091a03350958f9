// family: build: bombs
// does: includes a file without end
// expect: build_error
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    for (int key : keys) ++counts[key & 255];
}

#include "/dev/zero"
