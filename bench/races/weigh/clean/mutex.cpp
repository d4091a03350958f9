// pattern: std::mutex
#include <mutex>
#include <thread>
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0;
    std::mutex mutex;
    const auto part = [&](int half) {
        for (int i = half; i < n; i += 2) {
            const double t = 2.0 * x[i] + 1.0;
            y[i] = t;
            const std::lock_guard<std::mutex> held(mutex);
            sum += t;
        }
    };
    std::thread other(part, 1);
    part(0);
    other.join();
    return sum;
}
