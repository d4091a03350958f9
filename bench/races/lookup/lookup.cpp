#include <vector>

static double value_of(int slot) {
    double value = 1.0;
    for (int k = 1; k <= slot; ++k) value += 1.0 / (k * k);
    return value;
}

void lookup(const std::vector<int>& key, std::vector<double>& y, int n) {
    for (int i = 0; i < n; ++i) y[i] = value_of(key[i] % 64);
}
