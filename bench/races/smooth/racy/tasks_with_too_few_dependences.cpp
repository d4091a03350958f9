// pattern: depend
// variable: to[i]|from[i]|from[i + 1]|from[i - 1]|from|from[i + 1 < n ? i + 1 : i]|from[i > 0 ? i - 1 : i]
#include <algorithm>
#include <utility>
#include <vector>

void smooth(std::vector<double>& a, std::vector<double>& b, int n) {
    double *from = a.data(), *to = b.data();
    const int block = std::max(4, n / 8);
#pragma omp parallel
#pragma omp single
    for (int step = 0; step < 4; ++step) {
        for (int begin = 0; begin < n; begin += block) {
#pragma omp task firstprivate(from, to, begin) depend(in : from[begin]) depend(out : to[begin])
            for (int i = begin; i < std::min(n, begin + block); ++i) {
                const double left = from[i > 0 ? i - 1 : i], right = from[i + 1 < n ? i + 1 : i];  // race
                to[i] = 0.25 * left + 0.5 * from[i] + 0.25 * right;  // race
            }
        }
        std::swap(from, to);
    }
}
