// family: race gate
// does: races in a loop of TBB's own, whose threads the gate does not know
// expect: ok
// unchecked: does not see into TBB
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

#include <tbb/parallel_for.h>

static double norm_of(double x) { return std::log(std::sqrt(1.0 + x * x)); }

double norms(const std::vector<double>& x, std::vector<double>& y) {
    double touched = 0.0;
    tbb::parallel_for(std::size_t{0}, x.size(), [&](std::size_t i) {
        touched = x[i];
        y[i] = norm_of(x[i]);
    });
    return std::accumulate(y.begin(), y.end(), 0.0 * touched);
}
