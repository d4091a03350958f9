// pattern: omp_lock
#include <omp.h>

#include <vector>

static void add(omp_nest_lock_t& lock, double& sum, double value) {
    omp_set_nest_lock(&lock);
    sum += value;
    omp_unset_nest_lock(&lock);
}

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0;
    omp_nest_lock_t lock;
    omp_init_nest_lock(&lock);
#pragma omp parallel
    {
        double mine = 0.0;
#pragma omp for
        for (int i = 0; i < n; ++i) mine += y[i] = 2.0 * x[i] + 1.0;
        omp_set_nest_lock(&lock);
        add(lock, sum, mine);
        omp_unset_nest_lock(&lock);
    }
    omp_destroy_nest_lock(&lock);
    return sum;
}
