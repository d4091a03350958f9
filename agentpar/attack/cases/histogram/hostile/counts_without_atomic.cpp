// family: race gate
// does: counts in all threads without an atomic
// expect: race wrong_answer
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    const int n = static_cast<int>(keys.size());
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
        const int key = keys[i] & 255;
        
        ++counts[key];
    }
}
