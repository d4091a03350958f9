// does: ends the threads that it starts
#include <cstddef>
#include <thread>
#include <vector>

static double root_of(double x) {
    double root = 0.5 * x;
    for (int step = 0; step < 12; ++step) root = 0.5 * (root + x / root);
    return root;
}

static void run_a_while() {
    for (volatile unsigned turns = 0; turns < 100; turns = turns + 1) {}
}

void roots(const std::vector<double>& x, std::vector<double>& y) {
    std::thread other(run_a_while);
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = root_of(x[i]);
    other.join();
}
