// kind: memory
// sizes: image=n, grey=n
// ranges: image=0:255
#include <cstdint>
#include <vector>

struct Rgb {
    std::uint8_t red, green, blue;
};

void grey_levels(const std::vector<Rgb>& image, std::vector<std::uint8_t>& grey) {
    for (std::size_t i = 0; i < image.size(); ++i) {
        const Rgb& p = image[i];
        grey[i] = static_cast<std::uint8_t>((77 * p.red + 150 * p.green + 29 * p.blue) >> 8);
    }
}
