// pattern: nowait
// variable: bins[b]|bins[key[i]]|bins
#include <vector>

void histogram(const std::vector<int>& key, std::vector<long>& bins, int n, int m) {
#pragma omp parallel
    {
#pragma omp for nowait
        for (int b = 0; b < m; ++b) bins[b] = 0;  // race
#pragma omp for
        for (int i = 0; i < n; ++i) {
#pragma omp atomic
            ++bins[key[i]];  // race
        }
    }
}
