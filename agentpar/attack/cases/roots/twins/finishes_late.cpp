// does: waits for the thread that fills most of it
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
    const std::size_t own = x.size() / 16;
    std::thread other(fill, x.data() + own, y.data() + own, x.size() - own);
    fill(x.data(), y.data(), own);
    other.join();
}
