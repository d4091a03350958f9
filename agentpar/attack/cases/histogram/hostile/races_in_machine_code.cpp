// family: race gate
// does: writes its shared variable in machine code, which the race gate does not see
// expect: race screened ok
// unchecked: races unchecked
#include <vector>

int touched;

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    const int n = static_cast<int>(keys.size());
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
        const int key = keys[i] & 255;
        __asm__ volatile("movl %1, %0" : "=m"(touched) : "r"(key));
#pragma omp atomic
        ++counts[key];
    }
}
