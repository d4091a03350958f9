// does: counts in memory from alloca
#include <cstddef>
#include <vector>

#include <alloca.h>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    int* own = static_cast<int*>(alloca(2 * 256 * sizeof(int)));
    for (int key = 0; key < 2 * 256; ++key) own[key] = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) ++own[(i & 1) * 256 + (keys[i] & 255)];
    for (int key = 0; key < 256; ++key) counts[key] += own[key] + own[256 + key];
}
