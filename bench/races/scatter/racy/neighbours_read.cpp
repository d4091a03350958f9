// pattern: scatter
// variable: y[to[i]]|y[(to[i] + 1) % n]|y
#include <vector>

void scatter(const std::vector<double>& x, const std::vector<int>& to, std::vector<double>& y, int n) {
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
        y[to[i]] = 3.0 * x[i];  // race
        if (y[(to[i] + 1) % n] > 1e300) y[to[i]] = 0.0;  // race
    }
}
