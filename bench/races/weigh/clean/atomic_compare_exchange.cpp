// pattern: std::atomic
#include <atomic>
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    std::atomic<double> sum{0.0};
#pragma omp parallel for schedule(static, 32)
    for (int i = 0; i < n; ++i) {
        const double t = 2.0 * x[i] + 1.0;
        y[i] = t;
        double before = sum.load(std::memory_order_relaxed);
        while (!sum.compare_exchange_weak(before, before + t, std::memory_order_relaxed)) {}
    }
    return sum;
}
