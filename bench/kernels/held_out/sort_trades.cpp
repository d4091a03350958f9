// entry: sort_trades
// kind: arithmetic
// ranges: trades=0:5000

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

struct Trade {
    std::int32_t account;
    std::int32_t venue;
    std::int64_t timestamp;
    std::int64_t quantity;
    double price;
};

static bool before(const Trade& a, const Trade& b)
{
    return std::tie(a.account, a.timestamp, a.venue, a.quantity, a.price) <
           std::tie(b.account, b.timestamp, b.venue, b.quantity, b.price);
}

static bool same(const Trade& a, const Trade& b)
{
    return !before(a, b) && !before(b, a);
}

// Orders the day's trades for settlement and drops those that were reported twice.
std::size_t sort_trades(std::vector<Trade>& trades)
{
    std::sort(trades.begin(), trades.end(), before);
    const auto last = std::unique(trades.begin(), trades.end(), same);
    const std::size_t dropped = static_cast<std::size_t>(trades.end() - last);
    trades.erase(last, trades.end());
    return dropped;
}
