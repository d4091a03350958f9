// pattern: block copy
#include <algorithm>
#include <cstring>
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0;
    std::vector<double> copy(n);
    const int block = n / 8 + 1;
#pragma omp parallel for schedule(dynamic, 1)
    for (int begin = 0; begin < n; begin += block) {
        const int end = std::min(n, begin + block);
        std::fill(y.begin() + begin, y.begin() + end, 1.0);
        std::memcpy(copy.data() + begin, x.data() + begin, (end - begin) * sizeof(double));
    }
#pragma omp parallel for reduction(+ : sum)
    for (int i = 0; i < n; ++i) sum += y[i] += 2.0 * copy[i];
    return sum;
}
