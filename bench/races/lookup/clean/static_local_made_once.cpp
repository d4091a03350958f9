// pattern: static local
#include <vector>

static double value_of(int slot) {
    double value = 1.0;
    for (int k = 1; k <= slot; ++k) value += 1.0 / (k * k);
    return value;
}

static const std::vector<double>& table() {
    static const std::vector<double> made = [] {
        std::vector<double> values;
        for (int k = 0; k < 64; ++k) values.push_back(value_of(k));
        return values;
    }();
    return made;
}

void lookup(const std::vector<int>& key, std::vector<double>& y, int n) {
#pragma omp parallel for
    for (int i = 0; i < n; ++i) y[i] = table()[key[i] % 64];
}
