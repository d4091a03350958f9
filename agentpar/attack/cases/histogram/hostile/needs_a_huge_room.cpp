// family: build: bombs
// does: needs a terabyte of zeros when it is loaded
// expect: build_error
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    for (int key : keys) ++counts[key & 255];
}

char huge[1L << 40];
char user(long i) { return huge[i]; }
