// pattern: std::atomic
#include <atomic>
#include <vector>

static double value_of(int slot) {
    double value = 1.0;
    for (int k = 1; k <= slot; ++k) value += 1.0 / (k * k);
    return value;
}

void lookup(const std::vector<int>& key, std::vector<double>& y, int n) {
    static std::atomic<double> cache[64];
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
        const int slot = key[i] % 64;
        double value = cache[slot].load(std::memory_order_relaxed);
        if (value == 0.0) cache[slot].store(value = value_of(slot), std::memory_order_relaxed);
        y[i] = value;
    }
}
