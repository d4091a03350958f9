// pattern: private
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0, t = 0.0;
    int i;
#pragma omp parallel for private(t) reduction(+ : sum)
    for (i = 0; i < n; ++i) {
        t = 2.0 * x[i] + 1.0;
        y[i] = t;
        sum += t;
    }
    return sum;
}
