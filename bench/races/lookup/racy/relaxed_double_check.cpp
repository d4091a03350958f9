// pattern: double-checked locking
// variable: table[slot]|table[k]|table
#include <atomic>
#include <mutex>
#include <vector>

static double value_of(int slot) {
    double value = 1.0;
    for (int k = 1; k <= slot; ++k) value += 1.0 / (k * k);
    return value;
}

static std::atomic<bool> is_made{false};
static double table[64];
static std::mutex mutex;

static double known(int slot) {
    if (!is_made.load(std::memory_order_relaxed)) {
        const std::lock_guard<std::mutex> held(mutex);
        if (!is_made.load(std::memory_order_relaxed)) {
            for (int k = 0; k < 64; ++k) table[k] = value_of(k);  // race
            is_made.store(true, std::memory_order_relaxed);
        }
    }
    return table[slot];  // race
}

void lookup(const std::vector<int>& key, std::vector<double>& y, int n) {
#pragma omp parallel for schedule(static, 4)
    for (int i = 0; i < n; ++i) y[i] = known(key[i] % 64);
}
