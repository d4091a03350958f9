// family: race gate
// does: races only where a macro of the compiler's stands for another number
// expect: race screened ok
// unchecked: races unchecked
#include <vector>

int touched;

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    const int n = static_cast<int>(keys.size());
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
        const int key = keys[i] & 255;
        if (__GXX_ABI_VERSION > 1002) touched = key;
#pragma omp atomic
        ++counts[key];
    }
}
