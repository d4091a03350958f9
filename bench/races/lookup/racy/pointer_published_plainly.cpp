// pattern: double-checked locking
// variable: table
#include <vector>

static double value_of(int slot) {
    double value = 1.0;
    for (int k = 1; k <= slot; ++k) value += 1.0 / (k * k);
    return value;
}

static std::vector<double>* table = nullptr;

void lookup(const std::vector<int>& key, std::vector<double>& y, int n) {
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
        if (table == nullptr) {  // race
#pragma omp critical
            if (table == nullptr) {
                auto* made = new std::vector<double>(64);
                for (int k = 0; k < 64; ++k) (*made)[k] = value_of(k);
                table = made;  // race
            }
        }
        y[i] = (*table)[key[i] % 64];  // race
    }
}
