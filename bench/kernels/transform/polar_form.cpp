// kind: arithmetic
#include <complex>
#include <vector>

void polar_form(std::vector<std::complex<double>>& values) {
    for (auto& z : values) z = {std::abs(z), std::arg(z)};
}
