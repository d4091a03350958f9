// pattern: scatter
// variable: y[to[i]]|y[to[n - 1 - i]]|y
#include <vector>

void scatter(const std::vector<double>& x, const std::vector<int>& to, std::vector<double>& y, int n) {
#pragma omp parallel for schedule(static, 2)
    for (int i = 0; i < n; ++i) {
        y[to[i]] = 3.0 * x[i];                  // race
        y[to[n - 1 - i]] = 3.0 * x[n - 1 - i];  // race
    }
}
