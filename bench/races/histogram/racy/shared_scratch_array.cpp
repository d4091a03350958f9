// pattern: private
// variable: mine[key[i]]|mine
#include <vector>

void histogram(const std::vector<int>& key, std::vector<long>& bins, int n, int m) {
    for (int b = 0; b < m; ++b) bins[b] = 0;
    std::vector<long> mine(m);
#pragma omp parallel
    {
#pragma omp for
        for (int i = 0; i < n; ++i) ++mine[key[i]];  // race
#pragma omp single
        for (int b = 0; b < m; ++b) bins[b] += mine[b];
    }
}
