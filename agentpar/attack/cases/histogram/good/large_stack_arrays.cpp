// does: counts in arrays of four megabytes on its stack
#include <cstddef>
#include <cstring>
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    int lanes[4096][256];
    for (auto& lane : lanes) std::memset(lane, 0, 16 * sizeof(int));
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const int key = keys[i] & 255;
        if (key < 16) ++lanes[i & 4095][key];
        else ++counts[key];
    }
    for (const auto& lane : lanes)
        for (int key = 0; key < 16; ++key) counts[key] += lane[key];
}
