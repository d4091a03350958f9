// pattern: threadprivate
#include <vector>

static double own = 0.0;
#pragma omp threadprivate(own)

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0;
    own = 0.0;
#pragma omp parallel copyin(own)
    {
#pragma omp for
        for (int i = 0; i < n; ++i) own += y[i] = 2.0 * x[i] + 1.0;
#pragma omp atomic
        sum += own;
    }
    return sum;
}
