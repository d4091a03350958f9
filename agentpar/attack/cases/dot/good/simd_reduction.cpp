// does: uses a simd reduction and assumed alignment
#include <cstddef>
#include <vector>

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    const double* __restrict__ x = static_cast<const double*>(__builtin_assume_aligned(a.data(), 16));
    const double* __restrict__ y = static_cast<const double*>(__builtin_assume_aligned(b.data(), 16));
    double sum = 0.0;
#pragma omp parallel for simd reduction(+ : sum) schedule(static)
    for (std::size_t i = 0; i < a.size(); ++i) sum += x[i] * y[i];
    return sum;
}
