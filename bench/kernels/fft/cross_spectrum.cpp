// kind: memory
// a := a * conj(b) for each frequency.
#include <algorithm>
#include <complex>
#include <vector>

void cross_spectrum(std::vector<std::complex<double>>& a, const std::vector<std::complex<double>>& b) {
    std::transform(a.begin(), a.end(), b.begin(), a.begin(),
                   [](const std::complex<double>& x, const std::complex<double>& y) {
                       return std::complex<double>(x.real() * y.real() + x.imag() * y.imag(),
                                                   x.imag() * y.real() - x.real() * y.imag());
                   });
}
