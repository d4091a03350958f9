// pattern: schedule
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0;
#pragma omp parallel reduction(+ : sum)
    {
#pragma omp for schedule(runtime)
        for (int i = 0; i < n; ++i) y[i] = 2.0 * x[i] + 1.0;
#pragma omp for schedule(runtime)
        for (int i = 0; i < n; ++i) sum += y[i];
    }
    return sum;
}
