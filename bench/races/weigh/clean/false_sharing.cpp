// pattern: false sharing
#include <omp.h>

#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0;
    std::vector<double> partial(omp_get_max_threads());
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
        y[i] = 2.0 * x[i] + 1.0;
        partial[omp_get_thread_num()] += y[i];
    }
    for (const double part : partial) sum += part;
    return sum;
}
