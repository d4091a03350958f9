// pattern: barrier
#include <omp.h>

#include <vector>

void running(const std::vector<double>& x, std::vector<double>& y, int n) {
    std::vector<double> sums(omp_get_max_threads() + 1);
#pragma omp parallel
    {
        const int t = omp_get_thread_num();
        double sum = 0.0;
#pragma omp for schedule(static) nowait
        for (int i = 0; i < n; ++i) y[i] = sum += x[i];
        sums[t + 1] = sum;
#pragma omp barrier
        double before = 0.0;
        for (int k = 0; k <= t; ++k) before += sums[k];
#pragma omp for schedule(static)
        for (int i = 0; i < n; ++i) y[i] += before;
    }
}
