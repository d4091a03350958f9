// does: needs a megabyte of zeros
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    for (int key : keys) ++counts[key & 255];
}

char large[1L << 20];
char user(long i) { return large[i]; }
