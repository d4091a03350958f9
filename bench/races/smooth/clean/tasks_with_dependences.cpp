// pattern: depend
#include <algorithm>
#include <utility>
#include <vector>

void smooth(std::vector<double>& a, std::vector<double>& b, int n) {
    double *from = a.data(), *to = b.data();
    const int block = std::max(4, n / 8), blocks = (n + block - 1) / block;
    std::vector<char> state(2 * (blocks + 2));
    char *read = state.data() + 1, *write = read + blocks + 2;
#pragma omp parallel
#pragma omp single
    for (int step = 0; step < 4; ++step) {
        for (int k = 0; k < blocks; ++k) {
#pragma omp task firstprivate(from, to, k) depend(in : read[k - 1], read[k], read[k + 1]) depend(out : write[k])
            for (int i = k * block; i < std::min(n, (k + 1) * block); ++i) {
                const double left = from[i > 0 ? i - 1 : i], right = from[i + 1 < n ? i + 1 : i];
                to[i] = 0.25 * left + 0.5 * from[i] + 0.25 * right;
            }
        }
        std::swap(from, to);
        std::swap(read, write);
    }
}
