// does: asks whether OpenMP's header is there
#include <vector>

#if defined(__has_include) && __has_include(<omp.h>)
#include <omp.h>
#endif

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
