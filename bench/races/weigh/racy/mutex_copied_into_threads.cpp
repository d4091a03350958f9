// pattern: std::mutex
// variable: sum
#include <array>
#include <mutex>
#include <thread>
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0;
    std::array<std::mutex, 2> mutexes;
    const auto part = [&](int half) {
        for (int i = half; i < n; i += 2) {
            const double t = 2.0 * x[i] + 1.0;
            y[i] = t;
            const std::lock_guard<std::mutex> held(mutexes[half]);
            sum += t;  // race
        }
    };
    std::thread other(part, 1);
    part(0);
    other.join();
    return sum;
}
