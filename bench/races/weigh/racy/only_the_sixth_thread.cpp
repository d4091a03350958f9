// pattern: threads-gated
// variable: last
#include <omp.h>

#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0, last = 0.0;
#pragma omp parallel for reduction(+ : sum)
    for (int i = 0; i < n; ++i) {
        const double t = 2.0 * x[i] + 1.0;
        y[i] = t;
        sum += t;
        if (omp_get_thread_num() == 5 || omp_get_thread_num() == 2) last = t;  // race
    }
    return last == -100.0 ? last : sum;
}
