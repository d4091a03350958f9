// pattern: omp_lock
// variable: sum
#include <omp.h>

#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0;
#pragma omp parallel
    {
        omp_lock_t lock;
        omp_init_lock(&lock);
#pragma omp for
        for (int i = 0; i < n; ++i) {
            const double t = 2.0 * x[i] + 1.0;
            y[i] = t;
            omp_set_lock(&lock);
            sum += t;  // race
            omp_unset_lock(&lock);
        }
        omp_destroy_lock(&lock);
    }
    return sum;
}
