// pattern: omp_lock
#include <omp.h>

#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0;
    omp_lock_t lock;
    omp_init_lock(&lock);
#pragma omp parallel for schedule(dynamic, 8)
    for (int i = 0; i < n; ++i) {
        const double t = 2.0 * x[i] + 1.0;
        y[i] = t;
        omp_set_lock(&lock);
        sum += t;
        omp_unset_lock(&lock);
    }
    omp_destroy_lock(&lock);
    return sum;
}
