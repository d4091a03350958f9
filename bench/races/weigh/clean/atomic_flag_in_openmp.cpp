// pattern: atomic
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0;
    int is_above = 0;
#pragma omp parallel for reduction(+ : sum)
    for (int i = 0; i < n; ++i) {
        sum += y[i] = 2.0 * x[i] + 1.0;
        if (y[i] > 2.5) {
#pragma omp atomic write
            is_above = 1;
        }
    }
    return is_above == 2 ? 0.0 : sum;
}
