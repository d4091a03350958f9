// pattern: critical
// variable: others
#include <vector>

void histogram(const std::vector<int>& key, std::vector<long>& bins, int n, int m) {
    for (int b = 0; b < m; ++b) bins[b] = 0;
    long others = 0;
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
        if (key[i] == 0) {
            ++others;  // race
        } else {
#pragma omp atomic
            ++bins[key[i]];
        }
    }
    if (m > 0) bins[0] = others;
}
