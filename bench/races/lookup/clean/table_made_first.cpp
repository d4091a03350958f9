// pattern: single
#include <vector>

static double value_of(int slot) {
    double value = 1.0;
    for (int k = 1; k <= slot; ++k) value += 1.0 / (k * k);
    return value;
}

void lookup(const std::vector<int>& key, std::vector<double>& y, int n) {
    std::vector<double> table(64);
#pragma omp parallel
    {
#pragma omp for
        for (int k = 0; k < 64; ++k) table[k] = value_of(k);
#pragma omp for nowait
        for (int i = 0; i < n; ++i) y[i] = table[key[i] % 64];
    }
}
