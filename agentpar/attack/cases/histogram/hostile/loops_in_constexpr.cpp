// family: build: bombs
// does: computes without end while it is compiled
// expect: build_error
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    for (int key : keys) ++counts[key & 255];
}

constexpr long endless() {
    long x = 0;
    for (long i = 0; i < (1L << 60); ++i) x ^= i;
    return x;
}
static_assert(endless() != 1);
