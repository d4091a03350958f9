// pattern: ordered
#include <vector>

void running(const std::vector<double>& x, std::vector<double>& y, int n) {
#pragma omp parallel for ordered schedule(dynamic, 1)
    for (int i = 0; i < n; ++i) {
        const double t = x[i];
#pragma omp ordered
        y[i] = i > 0 ? y[i - 1] + t : t;
    }
}
