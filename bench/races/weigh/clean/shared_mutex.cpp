// pattern: std::mutex
#include <mutex>
#include <shared_mutex>
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0, scale = 2.0;
    std::shared_mutex mutex;
#pragma omp parallel for schedule(static, 64)
    for (int i = 0; i < n; ++i) {
        double t;
        {
            const std::shared_lock<std::shared_mutex> reading(mutex);
            t = scale * x[i] + 1.0;
        }
        y[i] = t;
        const std::unique_lock<std::shared_mutex> writing(mutex);
        scale = 2.0;
        sum += t;
    }
    return sum;
}
