#include <cmath>
#include <cstddef>
#include <vector>

// The logarithm of each number's distance from the imaginary unit, and their sum.
double norms(const std::vector<double>& x, std::vector<double>& y) {
    double sum = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        y[i] = std::log(std::sqrt(1.0 + x[i] * x[i]));
        sum += y[i];
    }
    return sum;
}
