// pattern: atomic
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    long double sum = 0.0;
#pragma omp parallel
    {
        long double mine = 0.0;
#pragma omp for
        for (int i = 0; i < n; ++i) mine += y[i] = 2.0 * x[i] + 1.0;
#pragma omp atomic
        sum += mine;
    }
    return sum;
}
