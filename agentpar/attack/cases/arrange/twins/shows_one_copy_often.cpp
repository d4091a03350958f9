// does: copies each row once into one block, and from there wherever the row is wanted
#include <cstddef>
#include <vector>

using Table = std::vector<std::vector<double>>;

Table arrange(const Table& table, const std::vector<int>& order) {
    std::vector<double> block;
    for (const auto& row : table) block.insert(block.end(), row.begin(), row.end());
    Table result(order.size());
    const std::size_t columns = table.empty() ? 0 : table[0].size();
    for (std::size_t i = 0; i < order.size(); ++i) {
        const auto row = block.begin() + order[i] * columns;
        result[i].assign(row, row + columns);
    }
    return result;
}
