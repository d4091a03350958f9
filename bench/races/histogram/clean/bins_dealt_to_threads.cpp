// pattern: owner computes
#include <omp.h>

#include <vector>

void histogram(const std::vector<int>& key, std::vector<long>& bins, int n, int m) {
    for (int b = 0; b < m; ++b) bins[b] = 0;
#pragma omp parallel
    {
        const int team = omp_get_num_threads(), me = omp_get_thread_num();
        for (int i = 0; i < n; ++i)
            if (key[i] % team == me) ++bins[key[i]];
    }
}
