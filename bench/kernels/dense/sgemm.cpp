// kind: arithmetic
// C = alpha * A * B + beta * C, all row-major.
#include <cstddef>

void sgemm(std::size_t m, std::size_t n, std::size_t k, float alpha, const float* a, const float* b, float beta,
           float* c) {
    for (std::size_t i = 0; i < m; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
            float sum = 0.0f;
            for (std::size_t p = 0; p < k; ++p) sum += a[i * k + p] * b[p * n + j];
            c[i * n + j] = alpha * sum + beta * c[i * n + j];
        }
    }
}
