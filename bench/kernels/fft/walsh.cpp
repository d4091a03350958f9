// kind: memory
// The fast Walsh-Hadamard transform of the longest prefix whose length is a power of two.
#include <cstddef>
#include <cstdint>
#include <vector>

void walsh(std::vector<std::int64_t>& data) {
    for (std::size_t half = 1; half * 2 <= data.size(); half *= 2) {
        const std::size_t step = half * 2;
        std::size_t n = step;
        while (n * 2 <= data.size()) n *= 2;
        for (std::size_t base = 0; base < n; base += step) {
            for (std::size_t i = base; i < base + half; ++i) {
                const std::int64_t x = data[i], y = data[i + half];
                data[i] = x + y;
                data[i + half] = x - y;
            }
        }
    }
}
