// kind: arithmetic
// An out-of-place transform that needs no reordering; twiddle factors come from a table made first.
#include <cmath>
#include <complex>
#include <vector>

typedef std::complex<float> Complex;

std::vector<Complex> stockham(const std::vector<Complex>& signal) {
    int n = 1;
    while (2 * n <= static_cast<int>(signal.size())) n *= 2;
    if (signal.empty()) return {};
    std::vector<Complex> x(signal.begin(), signal.begin() + n), y(n), table(n / 2 + 1);
    for (int k = 0; k < n / 2; ++k) table[k] = std::polar(1.0f, -6.2831853f * k / n);
    for (int half = n / 2, stride = 1; half >= 1; half /= 2, stride *= 2) {
        for (int p = 0; p < half; ++p) {
            const Complex w = table[p * stride];
            for (int q = 0; q < stride; ++q) {
                const Complex a = x[q + stride * p], b = x[q + stride * (p + half)];
                y[q + stride * 2 * p] = a + b;
                const Complex d = a - b;
                y[q + stride * (2 * p + 1)] = Complex(d.real() * w.real() - d.imag() * w.imag(),
                                                      d.real() * w.imag() + d.imag() * w.real());
            }
        }
        x.swap(y);
    }
    return x;
}
