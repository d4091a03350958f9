// pattern: double-checked locking
#include <mutex>
#include <vector>

static double value_of(int slot) {
    double value = 1.0;
    for (int k = 1; k <= slot; ++k) value += 1.0 / (k * k);
    return value;
}

static std::once_flag once;
static std::vector<double> table;

void lookup(const std::vector<int>& key, std::vector<double>& y, int n) {
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
        std::call_once(once, [] {
            for (int k = 0; k < 64; ++k) table.push_back(value_of(k));
        });
        y[i] = table[key[i] % 64];
    }
}
