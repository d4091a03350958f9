// kind: arithmetic
// LU factors, in place and without pivoting, of a matrix whose diagonal is first made dominant.
#include <cstddef>
#include <vector>

void ridge_lu(std::vector<double>& a, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) a[i * n + i] += 2.0 * static_cast<double>(n);
    for (std::size_t k = 0; k + 1 < n; ++k) {
        const double pivot = 1.0 / a[k * n + k];
        for (std::size_t i = k + 1; i < n; ++i) {
            const double factor = a[i * n + k] * pivot;
            a[i * n + k] = factor;
            for (std::size_t j = k + 1; j < n; ++j) a[i * n + j] -= factor * a[k * n + j];
        }
    }
}
