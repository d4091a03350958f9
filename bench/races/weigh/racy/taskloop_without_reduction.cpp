// pattern: taskloop
// variable: sum
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0;
#pragma omp parallel
#pragma omp single
#pragma omp taskloop grainsize(8)
    for (int i = 0; i < n; ++i) {
        y[i] = 2.0 * x[i] + 1.0;
        sum += y[i];  // race
    }
    return sum;
}
