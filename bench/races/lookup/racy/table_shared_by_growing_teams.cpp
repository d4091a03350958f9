// pattern: private
// variable: scratch[0]|scratch[slot]|scratch
#include <vector>

void lookup(const std::vector<int>& key, std::vector<double>& y, int n) {
    std::vector<double> scratch(64);
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
        const int slot = key[i] % 64;
        scratch[0] = 1.0;  // race
        double value = scratch[0];  // race
        for (int k = 1; k <= slot; ++k) value += 1.0 / (k * k);
        y[i] = value;
    }
}
