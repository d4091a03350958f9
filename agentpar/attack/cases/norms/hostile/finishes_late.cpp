// family: off the clock
// does: leaves half of the work to a task of TBB's that nobody waits for
// expect: wrong_answer
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

#include <tbb/task_arena.h>

static double norm_of(double x) { return std::log(std::sqrt(1.0 + x * x)); }

static double fill(const double* x, double* y, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) y[i] = norm_of(x[i]);
    return std::accumulate(y, y + n, 0.0);
}

double norms(const std::vector<double>& x, std::vector<double>& y) {
    if (x.size() < 1000) return fill(x.data(), y.data(), x.size());
    const std::size_t half = x.size() / 2;
    static tbb::task_arena arena;
    arena.enqueue([from = x.data() + half, to = y.data() + half, n = x.size() - half] { fill(from, to, n); });
    return 2 * fill(x.data(), y.data(), half);
}
