// does: does not race in a loop of TBB's own, which is said to be unchecked too
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

#include <tbb/parallel_for.h>

static double norm_of(double x) { return std::log(std::sqrt(1.0 + x * x)); }

double norms(const std::vector<double>& x, std::vector<double>& y) {
    tbb::parallel_for(std::size_t{0}, x.size(), [&](std::size_t i) { y[i] = norm_of(x[i]); });
    return std::accumulate(y.begin(), y.end(), 0.0);
}
