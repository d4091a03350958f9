// pattern: firstprivate
// variable: *into|sum
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0;
    double* into = &sum;
#pragma omp parallel for firstprivate(into)
    for (int i = 0; i < n; ++i) {
        const double t = 2.0 * x[i] + 1.0;
        y[i] = t;
        *into += t;  // race
    }
    return sum;
}
