// does: counts in standard atomics
#include <atomic>
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    std::vector<std::atomic<int>> shared(256);
    const int n = static_cast<int>(keys.size());
#pragma omp parallel for
    for (int i = 0; i < n; ++i) shared[keys[i] & 255].fetch_add(1, std::memory_order_relaxed);
    for (int key = 0; key < 256; ++key) counts[key] += shared[key];
}
