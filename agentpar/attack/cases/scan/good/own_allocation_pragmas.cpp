// does: is built with optimisation pragmas and function attributes of its own
#include <cstddef>
#include <vector>

#pragma GCC push_options
#pragma GCC optimize("O3")
__attribute__((hot, noinline, flatten)) static void scan_hot(int* values, std::size_t n) {
    for (std::size_t i = 1; i < n; ++i) values[i] += values[i - 1];
}
#pragma GCC pop_options

void scan(std::vector<int>& values) { scan_hot(values.data(), values.size()); }
