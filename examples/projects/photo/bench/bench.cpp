// Filters one picture, and prints the megapixels a second as JSON.
#include <chrono>
#include <cstdio>

#include "photo/image.hpp"

int main() {
    const photo::Image picture = photo::test_picture(320, 240);
    const auto begun = std::chrono::steady_clock::now();
    const photo::Image smooth = photo::bilateral(picture, 4, 0.1f);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    const double megapixels = 1e-6 * picture.width() * picture.height();
    std::printf("{\"filter\": {\"megapixels_per_second\": %.6f}, \"middle\": %.6f}\n", megapixels / took.count(),
                smooth.at(160, 120));
}
