// pattern: thread_local
#include <vector>

static thread_local double own = 0.0;

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0;
#pragma omp parallel
    {
        own = 0.0;
#pragma omp for
        for (int i = 0; i < n; ++i) own += y[i] = 2.0 * x[i] + 1.0;
#pragma omp critical
        sum += own;
    }
    return sum;
}
