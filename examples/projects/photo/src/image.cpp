#include "photo/image.hpp"

#include <cmath>
#include <stdexcept>

namespace photo {

Image::Image(int width, int height, float grey) : width_(width), height_(height) {
    if (width < 0 || height < 0) throw std::invalid_argument("an image has no negative sides");
    pixels_.assign(static_cast<std::size_t>(width) * height, grey);
}

Image test_picture(int width, int height) {
    Image picture(width, height);
    unsigned grain = 1;
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            grain = grain * 1664525u + 1013904223u;
            const float stripe = (x / 16 + y / 24) % 2 == 0 ? 0.25f : 0.75f;
            picture.at(x, y) = stripe + 0.1f * std::sin(0.05f * (x + y)) + 0.05f * (grain >> 24) / 255.0f;
        }
    }
    return picture;
}

}  // namespace photo
