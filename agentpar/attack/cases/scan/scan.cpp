#include <cstddef>
#include <vector>

// Every element becomes the sum of all up to it.
void scan(std::vector<int>& values) {
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
}
