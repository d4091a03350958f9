#include <algorithm>
#include <cmath>

#include "photo/image.hpp"

namespace photo {

Image bilateral(const Image& noisy, int radius, float contrast) {
    const int width = noisy.width(), height = noisy.height();
    Image smooth(width, height);
    const float near = -0.5f / (radius * radius), alike = -0.5f / (contrast * contrast);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const float here = noisy.at(x, y);
            float sum = 0.0f, weights = 0.0f;
            for (int v = std::max(0, y - radius); v <= std::min(height - 1, y + radius); ++v) {
                for (int u = std::max(0, x - radius); u <= std::min(width - 1, x + radius); ++u) {
                    const float there = noisy.at(u, v), step = there - here;
                    const float squared = static_cast<float>((u - x) * (u - x) + (v - y) * (v - y));
                    const float weight = std::exp(near * squared + alike * step * step);
                    sum += weight * there;
                    weights += weight;
                }
            }
            smooth.at(x, y) = sum / weights;
        }
    }
    return smooth;
}

}  // namespace photo
