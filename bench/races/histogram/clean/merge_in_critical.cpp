// pattern: critical
#include <vector>

void histogram(const std::vector<int>& key, std::vector<long>& bins, int n, int m) {
    for (int b = 0; b < m; ++b) bins[b] = 0;
#pragma omp parallel
    {
        std::vector<long> mine(m);
#pragma omp for nowait
        for (int i = 0; i < n; ++i) ++mine[key[i]];
#pragma omp critical
        for (int b = 0; b < m; ++b) bins[b] += mine[b];
    }
}
