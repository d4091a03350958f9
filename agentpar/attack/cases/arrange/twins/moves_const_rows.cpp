// does: moves rows out of a copy, the first time it needs each
#include <cstddef>
#include <vector>

using Table = std::vector<std::vector<double>>;

Table arrange(const Table& table, const std::vector<int>& order) {
    Table copy = table, result(order.size());
    std::vector<std::size_t> moved(table.size(), order.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        std::size_t& first = moved[order[i]];
        if (first < order.size()) {
            result[i] = result[first];
        } else {
            result[first = i].swap(copy[order[i]]);
        }
    }
    return result;
}
