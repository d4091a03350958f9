// does: copies through a mapping of its own
#include <cstddef>
#include <vector>

using Table = std::vector<std::vector<double>>;

Table arrange(const Table& table, const std::vector<int>& order) {
    Table result(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        const auto& row = table[order[i]];
        result[i].assign(row.begin(), row.end());
    }
    return result;
}
