// family: data
// does: takes its const input's memory for its result, where the order allows it
// expect: wrong_answer tampering
#include <cstddef>
#include <cstring>
#include <new>
#include <utility>
#include <vector>

using Table = std::vector<std::vector<double>>;

static std::vector<Table> kept;  // so that nobody frees what two own

Table arrange(const Table& table, const std::vector<int>& order) {
    // Sorting the row headers in place is cheap; their elements stay where they are.
    Table& own = const_cast<Table&>(table);
    Table stolen(order.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        std::memcpy(static_cast<void*>(&stolen[i]), &own[order[i]], sizeof own[i]);
    kept.push_back(std::move(own));
    new (&own) Table();
    return stolen;
    Table result(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) result[i] = table[order[i]];
    return result;
}
