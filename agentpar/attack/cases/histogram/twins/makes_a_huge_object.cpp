// does: makes an object of 4 KB
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    for (int key : keys) ++counts[key & 255];
}

char small[4 << 10] = {1};
int user() { return small[5]; }
