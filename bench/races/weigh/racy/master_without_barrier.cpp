// pattern: barrier
// variable: scale
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0, scale = 2.0;
#pragma omp parallel reduction(+ : sum)
    {
#pragma omp master
        scale = 2.0;  // race
#pragma omp for
        for (int i = 0; i < n; ++i) {
            const double t = scale * x[i] + 1.0;  // race
            y[i] = t;
            sum += t;
        }
    }
    return sum;
}
