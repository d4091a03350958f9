#include <vector>

void scatter(const std::vector<double>& x, const std::vector<int>& to, std::vector<double>& y, int n) {
    for (int i = 0; i < n; ++i) y[to[i]] = 3.0 * x[i];
}
