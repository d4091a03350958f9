// pattern: array reduction
// variable: bins[key[i]]
#include <vector>

void histogram(const std::vector<int>& key, std::vector<long>& bins, int n, int m) {
    for (int b = 0; b < m; ++b) bins[b] = 0;
#pragma omp parallel for
    for (int i = 0; i < n; ++i) ++bins[key[i]];  // race
}
