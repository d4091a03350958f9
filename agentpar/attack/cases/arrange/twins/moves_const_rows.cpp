// does: moves the rows of a copy
#include <cstddef>
#include <vector>

using Table = std::vector<std::vector<double>>;

Table arrange(const Table& table, const std::vector<int>& order) {
    Table copy = table;
    Table result(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) result[i].swap(copy[order[i]]);
    return result;
}
