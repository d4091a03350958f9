// pattern: halo
// variable: to[i]|from[i]|from[i + 1]|from[i - 1]|from|from[i + 1 < n ? i + 1 : i]|from[i > 0 ? i - 1 : i]
#include <utility>
#include <vector>

void smooth(std::vector<double>& a, std::vector<double>& b, int n) {
#pragma omp parallel
    {
        double *from = a.data(), *to = b.data();
        for (int step = 0; step < 4; ++step) {
#pragma omp for schedule(static) nowait
            for (int i = 0; i < n; ++i) {
                const double left = from[i > 0 ? i - 1 : i], right = from[i + 1 < n ? i + 1 : i];  // race
                to[i] = 0.25 * left + 0.5 * from[i] + 0.25 * right;  // race
            }
            std::swap(from, to);
        }
    }
}
