// does: computes a little while it is compiled
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    for (int key : keys) ++counts[key & 255];
}

constexpr long some() {
    long x = 0;
    for (long i = 0; i < 1000; ++i) x ^= i;
    return x;
}
static_assert(some() != 1);
