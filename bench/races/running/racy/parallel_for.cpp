// pattern: loop-carried dependence
// variable: y[i]|y[i - 1]|y
#include <vector>

void running(const std::vector<double>& x, std::vector<double>& y, int n) {
#pragma omp parallel for
    for (int i = 0; i < n; ++i) y[i] = i > 0 ? y[i - 1] + x[i] : x[i];  // race
}
