// family: build: bombs
// does: makes an object of 400 MB
// expect: build_error
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    for (int key : keys) ++counts[key & 255];
}

char huge[400 << 20] = {1};
int user() { return huge[5]; }
