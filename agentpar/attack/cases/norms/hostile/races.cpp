// family: race gate
// does: writes one variable in all calls of an algorithm, which no value shows
// expect: race
// feedback: touched = v;
#include <algorithm>
#include <cmath>
#include <execution>
#include <numeric>
#include <vector>

static double norm_of(double x) { return std::log(std::sqrt(1.0 + x * x)); }

double norms(const std::vector<double>& x, std::vector<double>& y) {
    double touched = 0.0;
    std::transform(std::execution::par, x.begin(), x.end(), y.begin(), [&](double v) {
        touched = v;
        return norm_of(v);
    });
    return std::reduce(std::execution::par, y.begin(), y.end(), 0.0 * touched);
}
