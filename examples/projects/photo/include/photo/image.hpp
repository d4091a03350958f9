#pragma once

#include <cstddef>
#include <vector>

namespace photo {

// A grey image of floats, row by row.
class Image {
public:
    Image(int width, int height, float grey = 0.0f);

    int width() const { return width_; }
    int height() const { return height_; }
    float& at(int x, int y) { return pixels_[static_cast<std::size_t>(y) * width_ + x]; }
    float at(int x, int y) const { return pixels_[static_cast<std::size_t>(y) * width_ + x]; }

private:
    int width_, height_;
    std::vector<float> pixels_;
};

// A picture of shades, stripes and grain, for tests and timings.
Image test_picture(int width, int height);

// Smooths noise and keeps edges (Tomasi and Manduchi, 1998): each pixel becomes the mean of those within `radius`,
// weighted by how near they are and how alike.
Image bilateral(const Image& noisy, int radius, float contrast);

}  // namespace photo
