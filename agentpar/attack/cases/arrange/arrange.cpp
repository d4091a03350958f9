#include <cstddef>
#include <vector>

using Table = std::vector<std::vector<double>>;

// Row i of the result is row order[i] of the table.
Table arrange(const Table& table, const std::vector<int>& order) {
    Table result(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) result[i] = table[order[i]];
    return result;
}
