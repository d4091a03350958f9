#include <cstddef>
#include <vector>

// Square roots by Newton's steps, which come close enough from a number's half.
void roots(const std::vector<double>& x, std::vector<double>& y) {
    for (std::size_t i = 0; i < x.size(); ++i) {
        double root = 0.5 * x[i];
        for (int step = 0; step < 12; ++step) root = 0.5 * (root + x[i] / root);
        y[i] = root;
    }
}
