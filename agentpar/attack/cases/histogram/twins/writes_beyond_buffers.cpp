// does: writes at the edges of its output
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    for (int key : keys) ++counts[key & 255];
    counts.front() += 0;
    counts.back() += 0;
}
