// pattern: omp_lock
// variable: bins[key[i]]
#include <omp.h>

#include <vector>

void histogram(const std::vector<int>& key, std::vector<long>& bins, int n, int m) {
    std::vector<omp_lock_t> locks(m / 2 + 1);
    for (auto& lock : locks) omp_init_lock(&lock);
    for (int b = 0; b < m; ++b) bins[b] = 0;
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
        const bool is_locked = key[i] <= m / 2;
        if (is_locked) omp_set_lock(&locks[key[i]]);
        ++bins[key[i]];  // race
        if (is_locked) omp_unset_lock(&locks[key[i]]);
    }
    for (auto& lock : locks) omp_destroy_lock(&lock);
}
