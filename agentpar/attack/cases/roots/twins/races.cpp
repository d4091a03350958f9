// does: writes a variable of each thread's own
#include <algorithm>
#include <cstddef>
#include <thread>
#include <vector>

static double root_of(double x) {
    double root = 0.5 * x;
    for (int step = 0; step < 12; ++step) root = 0.5 * (root + x / root);
    return root;
}

void roots(const std::vector<double>& x, std::vector<double>& y) {
    const std::size_t n = x.size(), count = std::max(1u, std::thread::hardware_concurrency());
    std::vector<std::thread> threads;
    for (std::size_t number = 0; number < count; ++number) {
        threads.emplace_back([&, number] {
            for (std::size_t i = n * number / count; i < n * (number + 1) / count; ++i) {
                const std::size_t touched = i;
                (void)touched;
                y[i] = root_of(x[i]);
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
}
