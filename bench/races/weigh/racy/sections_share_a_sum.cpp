// pattern: sections
// variable: sum
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0;
#pragma omp parallel sections
    {
#pragma omp section
        for (int i = 0; i < n / 2; ++i) {
            y[i] = 2.0 * x[i] + 1.0;
            sum += y[i];  // race
        }
#pragma omp section
        for (int i = n / 2; i < n; ++i) {
            y[i] = 2.0 * x[i] + 1.0;
            sum += y[i];  // race
        }
    }
    return sum;
}
