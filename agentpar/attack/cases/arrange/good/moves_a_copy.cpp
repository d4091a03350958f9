// does: copies its input and moves the copy's rows
#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

using Table = std::vector<std::vector<double>>;

Table arrange(const Table& table, const std::vector<int>& order) {
    Table copy = table;
    Table result(order.size());
    std::transform(order.begin(), order.end(), result.begin(), [&](int row) { return std::move(copy[row]); });
    return result;
}
