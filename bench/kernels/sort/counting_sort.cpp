// kind: memory
// sizes: keys=n, sorted=n
// ranges: keys=0:255
#include <cstddef>
#include <vector>

void counting_sort(const std::vector<int>& keys, std::vector<int>& sorted) {
    std::size_t begin[257] = {0};
    for (int key : keys) ++begin[key + 1];
    for (int b = 0; b < 256; ++b) begin[b + 1] += begin[b];
    for (int key : keys) sorted[begin[key]++] = key;
}
