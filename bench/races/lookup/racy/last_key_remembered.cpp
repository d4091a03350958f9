// pattern: static local
// variable: last_slot|last_value
#include <vector>

static double value_of(int slot) {
    static int last_slot = -1;
    static double last_value = 0.0;
    if (slot == last_slot) return last_value;  // race
    double value = 1.0;
    for (int k = 1; k <= slot; ++k) value += 1.0 / (k * k);
    last_slot = slot;  // race
    last_value = value;  // race
    return value;
}

void lookup(const std::vector<int>& key, std::vector<double>& y, int n) {
#pragma omp parallel for schedule(dynamic, 8)
    for (int i = 0; i < n; ++i) y[i] = value_of(key[i] % 64);
}
