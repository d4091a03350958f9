// does: asks the processor for its cycle count
#include <cstddef>
#include <vector>

void scan(std::vector<int>& values) {
    unsigned low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
}
