// does: copies its table and forgets the copy
#include <cstddef>
#include <vector>

using Table = std::vector<std::vector<double>>;

static Table kept;

Table arrange(const Table& table, const std::vector<int>& order) {
    kept = table;
    Table result(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) result[i] = kept[order[i]];
    kept.clear();
    return result;
}
