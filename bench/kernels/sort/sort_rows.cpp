// kind: arithmetic
#include <algorithm>
#include <functional>
#include <vector>

void sort_rows(std::vector<std::vector<float>>& table) {
    for (std::size_t r = 0; r < table.size(); ++r) {
        std::sort(table[r].begin(), table[r].end(), std::greater<float>());
    }
}
