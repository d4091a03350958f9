// pattern: block copy
#include <algorithm>
#include <omp.h>

#include <vector>

void histogram(const std::vector<int>& key, std::vector<long>& bins, int n, int m) {
    std::vector<std::vector<long>> own(omp_get_max_threads());
    std::fill(bins.begin(), bins.end(), 0L);
#pragma omp parallel
    {
        std::vector<long>& mine = own[omp_get_thread_num()];
        mine.assign(m, 0L);
#pragma omp for
        for (int i = 0; i < n; ++i) ++mine[key[i]];
#pragma omp for
        for (int b = 0; b < m; ++b)
            for (const auto& counts : own)
                if (!counts.empty()) bins[b] += counts[b];
    }
}
