// pattern: std::atomic
// variable: scale
#include <atomic>
#include <thread>
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double scale = 0.0, sum = 0.0;
    std::atomic<bool> is_ready{false};
    std::thread other([&] {
        scale = 2.0;  // race
        is_ready.store(true, std::memory_order_relaxed);
    });
    while (!is_ready.load(std::memory_order_relaxed)) std::this_thread::yield();
    for (int i = 0; i < n; ++i) {
        y[i] = scale * x[i] + 1.0;  // race
        sum += y[i];
    }
    other.join();
    return sum;
}
