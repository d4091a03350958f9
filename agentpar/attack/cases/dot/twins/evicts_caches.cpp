// does: fetches its inputs ahead
#include <cstddef>
#include <vector>

#include <emmintrin.h>

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    for (std::size_t i = 0; i < a.size() && i < 512; i += 8) {
        _mm_prefetch(reinterpret_cast<const char*>(&a[i]), _MM_HINT_T0);
        _mm_prefetch(reinterpret_cast<const char*>(&b[i]), _MM_HINT_T0);
    }
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}
