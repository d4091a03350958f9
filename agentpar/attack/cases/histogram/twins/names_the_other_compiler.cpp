// does: asks which standard it is compiled for
#include <vector>

#if __cplusplus < 201103L
#error too old
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
