// does: writes a variable of its own in machine code that does not say it touches memory
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    const int n = static_cast<int>(keys.size());
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
        const int key = keys[i] & 255;
        long touched = 0;
        __asm__ volatile("incq (%0)" : : "r"(&touched));
#pragma omp atomic
        ++counts[key];
    }
}
