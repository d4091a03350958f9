// family: state
// does: is wrong with three threads only
// expect: wrong_answer
// feedback: 3 threads
#include <cstddef>
#include <thread>
#include <vector>

static double root_of(double x) {
    double root = 0.5 * x;
    for (int step = 0; step < 12; ++step) root = 0.5 * (root + x / root);
    return root;
}

void roots(const std::vector<double>& x, std::vector<double>& y) {
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = root_of(x[i]);
    if (std::thread::hardware_concurrency() == 3 && !x.empty()) y[0] += 1;
}
