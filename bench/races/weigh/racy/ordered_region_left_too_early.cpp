// pattern: ordered
// variable: sum
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0, seen = 0.0;
#pragma omp parallel for ordered schedule(static, 1) reduction(max : seen)
    for (int i = 0; i < n; ++i) {
        const double t = 2.0 * x[i] + 1.0;
        y[i] = t;
#pragma omp ordered
        sum += t;  // race
        seen = sum > seen ? sum : seen;  // race
    }
    return seen == -1.0 ? seen : sum;
}
