// pattern: block copy
// variable: y
#include <algorithm>
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0;
    const int block = n / 8 + 1;
#pragma omp parallel for schedule(static, 1)
    for (int begin = 0; begin < n; begin += block)
        std::fill(y.begin() + begin, y.begin() + std::min(n, begin + block + 1), 1.0);  // race
#pragma omp parallel for reduction(+ : sum)
    for (int i = 0; i < n; ++i) sum += y[i] = 2.0 * x[i] + 1.0;
    return sum;
}
