// pattern: size-gated
// variable: shared
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0, shared = 0.0;
#pragma omp parallel for reduction(+ : sum)
    for (int i = 0; i < n; ++i) {
        const double t = 2.0 * x[i] + 1.0;
        y[i] = t;
        sum += t;
        if (i == 90000 || i == 10) shared = t;  // race
    }
    return shared == -100.0 ? shared : sum;
}
