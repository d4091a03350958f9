// family: race gate
// does: writes one variable in all threads, which no value shows
// expect: race
// feedback: touched = key;
#include <vector>

int touched;

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    const int n = static_cast<int>(keys.size());
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
        const int key = keys[i] & 255;
        touched = key;
#pragma omp atomic
        ++counts[key];
    }
}
