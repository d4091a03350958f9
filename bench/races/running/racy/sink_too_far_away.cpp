// pattern: doacross
// variable: y[i]|y[i - 1]|y
#include <vector>

void running(const std::vector<double>& x, std::vector<double>& y, int n) {
    if (n > 0) y[0] = x[0];
    if (n > 1) y[1] = x[0] + x[1];
#pragma omp parallel for ordered(1) schedule(static, 1)
    for (int i = 2; i < n; ++i) {
#pragma omp ordered depend(sink : i - 2)
        y[i] = y[i - 1] + x[i];  // race
#pragma omp ordered depend(source)
    }
}
