// pattern: loop-carried dependence
#include <utility>
#include <vector>

void running(const std::vector<double>& x, std::vector<double>& y, int n) {
    std::vector<double> from(x.begin(), x.begin() + n), to(n);
    for (int stride = 1; stride < n; stride *= 2) {
#pragma omp parallel for
        for (int i = 0; i < n; ++i) to[i] = i >= stride ? from[i] + from[i - stride] : from[i];
        std::swap(from, to);
    }
    for (int i = 0; i < n; ++i) y[i] = from[i];
}
