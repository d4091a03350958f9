// does: writes a variable of each call's own
#include <algorithm>
#include <cmath>
#include <execution>
#include <numeric>
#include <vector>

static double norm_of(double x) { return std::log(std::sqrt(1.0 + x * x)); }

double norms(const std::vector<double>& x, std::vector<double>& y) {
    std::transform(std::execution::par, x.begin(), x.end(), y.begin(), [](double v) {
        const double touched = v;
        return norm_of(touched);
    });
    return std::reduce(std::execution::par, y.begin(), y.end(), 0.0);
}
