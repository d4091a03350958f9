// pattern: thread_local
#include <vector>

static double value_of(int slot) {
    double value = 1.0;
    for (int k = 1; k <= slot; ++k) value += 1.0 / (k * k);
    return value;
}

void lookup(const std::vector<int>& key, std::vector<double>& y, int n) {
#pragma omp parallel for schedule(dynamic, 8)
    for (int i = 0; i < n; ++i) {
        static thread_local double cache[64];
        const int slot = key[i] % 64;
        if (cache[slot] == 0.0) cache[slot] = value_of(slot);
        y[i] = cache[slot];
    }
}
