// pattern: flag
// variable: cache[slot]|cache
#include <vector>

static double value_of(int slot) {
    double value = 1.0;
    for (int k = 1; k <= slot; ++k) value += 1.0 / (k * k);
    return value;
}

void lookup(const std::vector<int>& key, std::vector<double>& y, int n) {
    static double cache[64];
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
        const int slot = key[i] % 64;
        if (cache[slot] == 0.0) cache[slot] = value_of(slot);  // race
        y[i] = cache[slot];                                    // race
    }
}
