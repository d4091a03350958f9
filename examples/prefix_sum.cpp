// Cumulative log-likelihood of residuals under a Student t distribution: out[i] covers in[0..i].
#include <cmath>
#include <cstddef>
#include <vector>

void prefix_sum(const std::vector<double>& in, std::vector<double>& out) {
    const double freedom = 4.0;
    const double scale = std::lgamma(0.5 * (freedom + 1.0)) - std::lgamma(0.5 * freedom) -
                         0.5 * std::log(freedom * 3.14159265358979323846);
    double total = 0.0;
    for (std::size_t i = 0; i < in.size(); ++i) {
        const double residual = in[i];
        total += scale - 0.5 * (freedom + 1.0) * std::log1p(residual * residual / freedom);
        out[i] = total;
    }
}
