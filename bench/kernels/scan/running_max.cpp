// kind: memory
#include <cstddef>

void running_max(double* v, std::size_t n) {
    for (std::size_t i = 1; i < n; ++i)
        if (v[i] < v[i - 1]) v[i] = v[i - 1];
}
