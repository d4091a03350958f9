// entry: bilateralFilter
// kind: arithmetic

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <vector>

// How different two grey values may be before they stop influencing each other.
static const float kSigmaRange = 28.0f;

static inline int clampIndex(int value, int limit) {
    return value < 0 ? 0 : (value >= limit ? limit - 1 : value);
}

// Edge-preserving blur of an 8-bit greyscale image, borders replicated.
std::vector<std::uint8_t> bilateralFilter(const std::vector<std::uint8_t>& src, int width, int height, int radius) {
    std::vector<std::uint8_t> dst(src.size());
    radius = std::clamp(radius, 1, 3);

    // Both weights come from tables: exp() per pixel is far too slow.
    float rangeWeight[256];
    for (int d = 0; d < 256; ++d) {
        rangeWeight[d] = std::exp(-(d * d) / (2.0f * kSigmaRange * kSigmaRange));
    }
    const int diameter = 2 * radius + 1;
    const float sigmaSpace = 0.6f * radius;
    std::vector<float> spaceWeight(diameter * diameter);
    for (int dy = -radius; dy <= radius; ++dy) {
        for (int dx = -radius; dx <= radius; ++dx) {
            spaceWeight[(dy + radius) * diameter + dx + radius] =
                std::exp(-(dx * dx + dy * dy) / (2.0f * sigmaSpace * sigmaSpace));
        }
    }

    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const int centre = src[y * width + x];
            float sum = 0.0f;
            float norm = 0.0f;
            for (int dy = -radius; dy <= radius; ++dy) {
                const int yy = clampIndex(y + dy, height);
                for (int dx = -radius; dx <= radius; ++dx) {
                    const int xx = clampIndex(x + dx, width);
                    const int value = src[yy * width + xx];
                    const float w = spaceWeight[(dy + radius) * diameter + dx + radius] * rangeWeight[std::abs(value - centre)];
                    sum += w * value;
                    norm += w;
                }
            }
            dst[y * width + x] = static_cast<std::uint8_t>(sum / norm + 0.5f);
        }
    }
    return dst;
}
