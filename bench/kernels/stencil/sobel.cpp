// kind: arithmetic
#include <cmath>
#include <cstdint>

void sobel(const std::uint8_t* image, std::uint8_t* edges, int width, int height) {
    for (int y = 1; y + 1 < height; y++) {
        const std::uint8_t* above = image + (y - 1) * width;
        const std::uint8_t* here = image + y * width;
        const std::uint8_t* below = image + (y + 1) * width;
        for (int x = 1; x + 1 < width; x++) {
            const int gx = above[x + 1] + 2 * here[x + 1] + below[x + 1] - above[x - 1] - 2 * here[x - 1] - below[x - 1];
            const int gy = below[x - 1] + 2 * below[x] + below[x + 1] - above[x - 1] - 2 * above[x] - above[x + 1];
            const double steep = std::sqrt(static_cast<double>(gx * gx + gy * gy));
            edges[y * width + x] = steep > 255.0 ? 255 : static_cast<std::uint8_t>(steep);
        }
    }
}
