// pattern: barrier
// variable: partial[t]|partial[me]|partial
#include <omp.h>

#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0;
    std::vector<double> partial(256);
#pragma omp parallel
    {
        const int me = omp_get_thread_num();
#pragma omp for nowait
        for (int i = 0; i < n; ++i) {
            y[i] = 2.0 * x[i] + 1.0;
            partial[me] += y[i];  // race
        }
#pragma omp master
        for (int t = 0; t < omp_get_num_threads(); ++t) sum += partial[t];  // race
    }
    sum = 0.0;
    for (const double part : partial) sum += part;
    return sum;
}
