// kind: arithmetic
// As a textbook writes it: split into even and odd, transform both, join.
#include <cmath>
#include <complex>
#include <vector>

using Signal = std::vector<std::complex<double>>;

static void transform(Signal& s) {
    const std::size_t n = s.size();
    if (n <= 1) return;
    Signal even(n / 2), odd(n / 2);
    for (std::size_t i = 0; i < n / 2; ++i) {
        even[i] = s[2 * i];
        odd[i] = s[2 * i + 1];
    }
    transform(even);
    transform(odd);
    for (std::size_t k = 0; k < n / 2; ++k) {
        const std::complex<double> t = std::polar(1.0, -2 * M_PI * k / n) * odd[k];
        s[k] = even[k] + t;
        s[k + n / 2] = even[k] - t;
    }
}

void fft_recursive(Signal& signal) {
    if (signal.empty()) return;
    std::size_t n = 1;
    while (n * 2 <= signal.size()) n *= 2;
    Signal head(signal.begin(), signal.begin() + n);
    transform(head);
    for (std::size_t i = 0; i < n; ++i) signal[i] = head[i];
}
