// does: sums by a scan of a sorted copy, each in parallel
#include <algorithm>
#include <cmath>
#include <execution>
#include <numeric>
#include <vector>

static double norm_of(double x) { return std::log(std::sqrt(1.0 + x * x)); }

double norms(const std::vector<double>& x, std::vector<double>& y) {
    std::transform(std::execution::par_unseq, x.begin(), x.end(), y.begin(), norm_of);
    std::vector<double> sums(y);
    std::sort(std::execution::par, sums.begin(), sums.end());
    std::inclusive_scan(std::execution::par, sums.begin(), sums.end(), sums.begin());
    return sums.empty() ? 0.0 : sums.back();
}
