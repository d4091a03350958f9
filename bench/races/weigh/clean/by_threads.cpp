// pattern: threads-gated
#include <omp.h>

#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0;
#pragma omp parallel
    {
        double mine = 0.0;
        const int team = omp_get_num_threads(), me = omp_get_thread_num();
        for (int i = me; i < n; i += team) mine += y[i] = 2.0 * x[i] + 1.0;
        if (team > 2) {
#pragma omp critical
            sum += mine;
        } else {
#pragma omp atomic
            sum += mine;
        }
    }
    return sum;
}
