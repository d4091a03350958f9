// family: race gate
// does: writes its shared variable in machine code that does not say it touches memory
// expect: race screened ok
// unchecked: races unchecked
#include <vector>

long touched;

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    const int n = static_cast<int>(keys.size());
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
        const int key = keys[i] & 255;
        __asm__ volatile("incq (%0)" : : "r"(&touched));
#pragma omp atomic
        ++counts[key];
    }
}
