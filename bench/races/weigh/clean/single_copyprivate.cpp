// pattern: single
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0, scale = 0.0;
#pragma omp parallel firstprivate(scale) reduction(+ : sum)
    {
#pragma omp single copyprivate(scale)
        scale = 2.0;
#pragma omp for
        for (int i = 0; i < n; ++i) sum += y[i] = scale * x[i] + 1.0;
    }
    return sum;
}
