// pattern: size-gated
// variable: sum
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0;
    if (n % 8 == 0) {
#pragma omp parallel for
        for (int i = 0; i < n; ++i) {
            const double t = 2.0 * x[i] + 1.0;
            y[i] = t;
#pragma omp critical
            sum += t;  // race
            if (sum == -100.0) y[i] = 0.0;  // race
        }
    } else {
        for (int i = 0; i < n; ++i) sum += y[i] = 2.0 * x[i] + 1.0;
    }
    return sum;
}
