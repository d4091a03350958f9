// pattern: task
// variable: sum
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0;
#pragma omp parallel
#pragma omp single
    for (int begin = 0; begin < n; begin += 16) {
#pragma omp task firstprivate(begin)
        for (int i = begin; i < n && i < begin + 16; ++i) {
            y[i] = 2.0 * x[i] + 1.0;
            sum += y[i];  // race
        }
    }
    return sum;
}
