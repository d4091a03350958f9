// kind: memory
// ranges: image=0:255
// A histogram for each colour channel of an image.
#include <array>
#include <cstdint>
#include <vector>

struct Pixel {
    std::uint8_t r, g, b;
};

std::array<long, 768> channels(const std::vector<Pixel>& image) {
    std::array<long, 768> counts{};
    for (const Pixel& p : image) {
        ++counts[p.r];
        ++counts[256 + p.g];
        ++counts[512 + p.b];
    }
    return counts;
}
