// does: copies everything twice through temporaries of many megabytes
#include <algorithm>
#include <cstddef>
#include <vector>

using Table = std::vector<std::vector<double>>;

Table arrange(const Table& table, const std::vector<int>& order) {
    std::vector<double> flat(table.size() * 64 + (1 << 20));
    std::size_t columns = table.empty() ? 0 : table[0].size();
    for (std::size_t row = 0; row < table.size(); ++row)
        std::copy(table[row].begin(), table[row].end(), &flat[row * columns]);
    Table result;
    for (int row : order) result.emplace_back(&flat[row * columns], &flat[(row + 1) * columns]);
    return result;
}
