// pattern: std::mutex
// variable: sum
#include <mutex>
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0;
    std::mutex mutex;
#pragma omp parallel for schedule(static, 1)
    for (int i = 0; i < n; ++i) {
        const double t = 2.0 * x[i] + 1.0;
        y[i] = t;
        double now;
        {
            const std::lock_guard<std::mutex> held(mutex);
            now = sum;  // race
        }
        sum = now + t;  // race
    }
    return sum;
}
