// kind: memory
// entry: stats::variance<double>
#include <cstddef>

namespace stats {

template <typename T>
T mean(const T* v, std::size_t n) {
    T total = 0;
    for (const T* p = v; p != v + n; ++p) total += *p;
    return total / static_cast<T>(n);
}

template <typename T>
T variance(const T* v, std::size_t n) {
    if (n < 2) return 0;
    const T center = mean(v, n);
    T total = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const T gap = v[i] - center;
        total += gap * gap;
    }
    return total / static_cast<T>(n - 1);
}

}  // namespace stats
