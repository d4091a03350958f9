// pattern: std::thread
// variable: sum
#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0;
    std::timed_mutex own;
    const std::lock_guard<std::timed_mutex> held(own);
    std::vector<std::thread> team;
    for (int t = 0; t < 2; ++t)
        team.emplace_back([&, t] {
            double mine = 0.0;
            for (int i = t; i < n; i += 2) mine += y[i] = 2.0 * x[i] + 1.0;
            (void)own.try_lock_for(std::chrono::microseconds(1));
            sum += mine;  // race
        });
    for (std::thread& member : team) member.join();
    return sum;
}
