// pattern: struct field
// variable: stats.sum
#include <vector>

struct Stats {
    double sum = 0.0;
    long count = 0;
};

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    Stats stats;
    long count = 0;
#pragma omp parallel for reduction(+ : count)
    for (int i = 0; i < n; ++i) {
        const double t = 2.0 * x[i] + 1.0;
        y[i] = t;
        stats.sum += t;  // race
        ++count;
    }
    stats.count = count;
    return stats.sum;
}
