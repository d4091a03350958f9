// pattern: reduction
// variable: sum
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0;
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
        const double t = 2.0 * x[i] + 1.0;
        y[i] = t;
        sum += t;  // race
    }
    return sum;
}
