// pattern: array reduction
// variable: bins[b]
#include <vector>

void histogram(const std::vector<int>& key, std::vector<long>& bins, int n, int m) {
    for (int b = 0; b < m; ++b) bins[b] = 0;
#pragma omp parallel
    {
        std::vector<long> mine(m);
#pragma omp for
        for (int i = 0; i < n; ++i) ++mine[key[i]];
        for (int b = 0; b < m; ++b)
            if (mine[b] != 0) bins[b] += mine[b];  // race
    }
}
