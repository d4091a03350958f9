// kind: arithmetic
// The transform of the longest prefix whose length is a power of two, in place.
#include <cmath>
#include <complex>
#include <utility>
#include <vector>

using cd = std::complex<double>;

void fft_radix2(std::vector<cd>& a) {
    if (a.empty()) return;
    std::size_t n = 1;
    while (n * 2 <= a.size()) n *= 2;
    for (std::size_t i = 1, j = 0; i < n; i++) {
        std::size_t bit = n >> 1;
        for (; j & bit; bit >>= 1) j ^= bit;
        j ^= bit;
        if (i < j) std::swap(a[i], a[j]);
    }
    for (std::size_t len = 2; len <= n; len <<= 1) {
        const double angle = 2 * M_PI / len;
        const cd wlen(std::cos(angle), std::sin(angle));
        for (std::size_t i = 0; i < n; i += len) {
            cd w(1);
            for (std::size_t j = 0; j < len / 2; j++) {
                cd u = a[i + j], v = a[i + j + len / 2] * w;
                a[i + j] = u + v;
                a[i + j + len / 2] = u - v;
                w *= wlen;
            }
        }
    }
}
