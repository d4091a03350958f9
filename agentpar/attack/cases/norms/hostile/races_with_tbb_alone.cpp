// family: race gate
// does: races only where the algorithms run on TBB, which the gate puts threads in the place of
// expect: ok
// unchecked: the source reads differently to clang
#include <algorithm>
#include <cmath>
#include <execution>
#include <numeric>
#include <vector>

static double norm_of(double x) { return std::log(std::sqrt(1.0 + x * x)); }

double norms(const std::vector<double>& x, std::vector<double>& y) {
    double touched = 0.0;
    std::transform(std::execution::par, x.begin(), x.end(), y.begin(), [&](double v) {
#ifdef _PSTL_PAR_BACKEND_TBB
        touched = v;
#endif
        return norm_of(v);
    });
    return std::reduce(std::execution::par, y.begin(), y.end(), 0.0 * touched);
}
