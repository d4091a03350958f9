// kind: arithmetic
// sizes: signal=blocks*16
// Transforms blocks of 16 real numbers to the Hartley basis, each by itself.
#include <cmath>

namespace {
constexpr int width = 16;

void hartley(float* block) {
    float result[width];
    for (int k = 0; k < width; ++k) {
        float sum = 0;
        for (int t = 0; t < width; ++t) {
            const float angle = 6.2831853f * static_cast<float>(k * t % width) / width;
            sum += block[t] * (std::cos(angle) + std::sin(angle));
        }
        result[k] = sum;
    }
    for (int k = 0; k < width; ++k) block[k] = result[k];
}
}  // namespace

void batch16(float* signal, int blocks) {
    for (int b = 0; b < blocks; ++b) hartley(signal + b * width);
}
