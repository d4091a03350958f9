// kind: arithmetic
#include <complex>
#include <vector>

std::complex<double> mean_phasor(const std::vector<double>& angles) {
    std::complex<double> sum(0.0, 0.0);
    for (double a : angles) sum += std::polar(1.0, a);
    return angles.empty() ? sum : sum / static_cast<double>(angles.size());
}
