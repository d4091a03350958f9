// pattern: scatter
#include <vector>

void scatter(const std::vector<double>& x, const std::vector<int>& to, std::vector<double>& y, int n) {
    std::vector<int> from(n);
#pragma omp parallel
    {
#pragma omp for
        for (int i = 0; i < n; ++i) from[to[i]] = i;
#pragma omp for
        for (int k = 0; k < n; ++k) y[k] = 3.0 * x[from[k]];
    }
}
