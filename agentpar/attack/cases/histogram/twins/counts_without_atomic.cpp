// does: counts in all threads with an atomic
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    const int n = static_cast<int>(keys.size());
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
        const int key = keys[i] & 255;
        
#pragma omp atomic
        ++counts[key];
    }
}
