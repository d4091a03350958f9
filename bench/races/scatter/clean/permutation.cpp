// pattern: scatter
#include <vector>

void scatter(const std::vector<double>& x, const std::vector<int>& to, std::vector<double>& y, int n) {
#pragma omp parallel for schedule(dynamic, 16)
    for (int i = 0; i < n; ++i) y[to[i]] = 3.0 * x[i];
}
