#include <cstddef>
#include <vector>

// The values, `by` places further on.
std::vector<double> turned(std::vector<double> values, int by) {
    const std::size_t n = values.size();
    std::vector<double> result(n);
    for (std::size_t i = 0; i < n; ++i) result[i] = values[(i + by) % n];
    return result;
}
