// does: writes a variable of each thread's own
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    const int n = static_cast<int>(keys.size());
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
        const int key = keys[i] & 255;
        const int touched = key;
        (void)touched;
#pragma omp atomic
        ++counts[key];
    }
}
