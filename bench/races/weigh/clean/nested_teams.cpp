// pattern: nested
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0;
#pragma omp parallel for num_threads(2) reduction(+ : sum)
    for (int half = 0; half < 2; ++half) {
        double mine = 0.0;
#pragma omp parallel for num_threads(2) reduction(+ : mine)
        for (int i = half; i < n; i += 2) mine += y[i] = 2.0 * x[i] + 1.0;
        sum += mine;
    }
    return sum;
}
