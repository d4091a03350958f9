// pattern: loop-carried dependence
// variable: y[i]|y[i - stride]|y
#include <vector>

void running(const std::vector<double>& x, std::vector<double>& y, int n) {
    for (int i = 0; i < n; ++i) y[i] = x[i];
    for (int stride = 1; stride < n; stride *= 2) {
#pragma omp parallel for
        for (int i = n - 1; i >= stride; --i) y[i] += y[i - stride];  // race
    }
}
