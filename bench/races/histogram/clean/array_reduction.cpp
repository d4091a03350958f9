// pattern: array reduction
#include <vector>

void histogram(const std::vector<int>& key, std::vector<long>& bins, int n, int m) {
    for (int b = 0; b < m; ++b) bins[b] = 0;
    long* const counts = bins.data();
    if (m == 0) return;
#pragma omp parallel for reduction(+ : counts[:m])
    for (int i = 0; i < n; ++i) ++counts[key[i]];
}
