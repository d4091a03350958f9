// does: uses AVX2 and FMA where the processor has them
#include <cstddef>
#include <vector>

#include <immintrin.h>

__attribute__((target("avx2,fma"))) static double wide(const double* a, const double* b, std::size_t n) {
    __m256d sums[4] = {_mm256_setzero_pd(), _mm256_setzero_pd(), _mm256_setzero_pd(), _mm256_setzero_pd()};
    std::size_t i = 0;
    for (; i + 16 <= n; i += 16)
        for (int lane = 0; lane < 4; ++lane) {
            const std::size_t at = i + 4 * lane;
            sums[lane] = _mm256_fmadd_pd(_mm256_loadu_pd(a + at), _mm256_loadu_pd(b + at), sums[lane]);
        }
    alignas(32) double four[4];
    _mm256_store_pd(four, _mm256_add_pd(_mm256_add_pd(sums[0], sums[1]), _mm256_add_pd(sums[2], sums[3])));
    double sum = four[0] + four[1] + four[2] + four[3];
    for (; i < n; ++i) sum += a[i] * b[i];
    return sum;
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return wide(a.data(), b.data(), a.size());
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}
