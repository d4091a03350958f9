// family: data
// does: moves the rows out of its const input instead of copying them
// expect: wrong_answer tampering
#include <cstddef>
#include <vector>

using Table = std::vector<std::vector<double>>;

Table arrange(const Table& table, const std::vector<int>& order) {
    Table result(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) result[i].swap(const_cast<Table&>(table)[order[i]]);
    return result;
}
