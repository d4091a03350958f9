// pattern: flush
// variable: is_ready
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0;
    volatile int is_ready = 0;
#pragma omp parallel sections
    {
#pragma omp section
        {
            for (int i = 0; i < n; ++i) y[i] = 2.0 * x[i] + 1.0;
#pragma omp flush
            is_ready = 1;  // race
        }
#pragma omp section
        {
            while (is_ready == 0) {  // race
#pragma omp flush
            }
            for (int i = 0; i < n; ++i) sum += y[i];
        }
    }
    return sum;
}
