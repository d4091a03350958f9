// pattern: struct field
#include <vector>

struct Stats {
    double sum;
    long count;
};

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    Stats stats{0.0, 0};
#pragma omp parallel sections
    {
#pragma omp section
        for (int i = 0; i < n; ++i) stats.sum += y[i] = 2.0 * x[i] + 1.0;
#pragma omp section
        for (int i = 0; i < n; ++i) stats.count += x[i] > 0.0;
    }
    return stats.count < 0 ? 0.0 : stats.sum;
}
