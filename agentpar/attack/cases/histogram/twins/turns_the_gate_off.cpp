// does: calls a function that may be missing
#include <vector>

#define JOIN(a, b) a##b
extern "C" __attribute__((weak)) void JOIN(may_be, _missing)();

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    const int n = static_cast<int>(keys.size());
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
        const int key = keys[i] & 255;
        const int touched = &JOIN(may_be, _missing) != nullptr ? 1 : key;
        (void)touched;
#pragma omp atomic
        ++counts[key];
    }
}
