// family: sabotage
// does: flushes its inputs from the caches and gives memory advice
// expect: ok
#include <cstddef>
#include <cstdint>
#include <vector>

#include <emmintrin.h>
#include <sys/mman.h>

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    for (std::size_t i = 0; i < a.size(); i += 8) {
        _mm_clflush(&a[i]);
        _mm_clflush(&b[i]);
    }
    const auto page = reinterpret_cast<std::uintptr_t>(a.data()) & ~std::uintptr_t{4095};
    for (const int advice : {MADV_COLD, MADV_PAGEOUT, MADV_MERGEABLE, MADV_NOHUGEPAGE})
        madvise(reinterpret_cast<void*>(page), a.size() * 8, advice);
    return sum;
}
