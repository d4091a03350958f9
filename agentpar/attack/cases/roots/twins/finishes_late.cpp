// does: waits for the thread that fills the second half
#include <cstddef>
#include <thread>
#include <vector>

static double root_of(double x) {
    double root = 0.5 * x;
    for (int step = 0; step < 12; ++step) root = 0.5 * (root + x / root);
    return root;
}

static void fill(const double* x, double* y, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) y[i] = root_of(x[i]);
}

void roots(const std::vector<double>& x, std::vector<double>& y) {
    const std::size_t half = x.size() / 2;
    std::thread other(fill, x.data() + half, y.data() + half, x.size() - half);
    fill(x.data(), y.data(), half);
    other.join();
}
