// does: fills its result by a transform with a back inserter, from rows that it copied and reversed
#include <algorithm>
#include <cstddef>
#include <iterator>
#include <vector>

using Table = std::vector<std::vector<double>>;

Table arrange(const Table& table, const std::vector<int>& order) {
    Table copy(table.rbegin(), table.rend()), result;
    result.reserve(order.size());
    std::transform(order.begin(), order.end(), std::back_inserter(result), [&](int row) {
        std::vector<double> wanted = copy[copy.size() - 1 - row];
        return wanted;
    });
    return result;
}
