// pattern: lastprivate
// variable: last
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0, last = 0.0;
#pragma omp parallel for reduction(+ : sum)
    for (int i = 0; i < n; ++i) {
        const double t = 2.0 * x[i] + 1.0;
        y[i] = t;
        sum += t;
        if (i >= n - n / 2) last = t;  // race
    }
    if (n > 1) y[n - 1] = 2.0 * x[n - 1] + 1.0 + 0.0 * last;
    return sum;
}
