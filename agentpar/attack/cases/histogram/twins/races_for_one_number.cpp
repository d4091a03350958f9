// does: uses macros that stand for the same number in all compilers
#include <climits>
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    const int n = static_cast<int>(keys.size());
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
        const int key = keys[i] & UCHAR_MAX;
        if (key > INT_MAX / 2) continue;
#pragma omp atomic
        ++counts[key];
    }
}
