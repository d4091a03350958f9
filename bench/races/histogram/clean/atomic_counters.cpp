// pattern: std::atomic
#include <atomic>
#include <memory>
#include <vector>

void histogram(const std::vector<int>& key, std::vector<long>& bins, int n, int m) {
    const std::unique_ptr<std::atomic<long>[]> counts(new std::atomic<long>[m]());
#pragma omp parallel for
    for (int i = 0; i < n; ++i) counts[key[i]].fetch_add(1, std::memory_order_relaxed);
    for (int b = 0; b < m; ++b) bins[b] = counts[b].load(std::memory_order_relaxed);
}
