// kind: arithmetic
// sizes: signal=n+taps, kernel=taps, out=n
#include <cstddef>

void filter_taps(const float* signal, const float* kernel, float* out, std::size_t n, std::size_t taps) {
    for (std::size_t i = 0; i < n; ++i) {
        float sum = 0.0f;
        for (std::size_t t = 0; t < taps; ++t) sum += kernel[t] * signal[i + t];
        out[i] = sum;
    }
}
