// entry: backtest
// kind: serial
// ranges: close=20:30

#include <algorithm>
#include <cstddef>
#include <vector>

struct Result {
    double cash;
    double maxDrawdown;
    long trades;
};

// Trend follower with a trailing stop. What it buys depends on what it has left,
// and where it sells on the peak since it bought.
Result backtest(const std::vector<double>& close, std::vector<double>& equity)
{
    const double stop = 0.93, breakout = 1.02, fee = 0.0005;
    double cash = 10000.0, shares = 0.0, peak = 0.0, average = 0.0, high = cash;
    Result r{cash, 0.0, 0};

    equity.clear();
    equity.reserve(close.size());
    for (std::size_t day = 0; day < close.size(); ++day) {
        const double price = close[day];
        average = day == 0 ? price : average + 0.1 * (price - average);

        if (shares > 0.0) {
            peak = std::max(peak, price);
            if (price < stop * peak) {
                cash += shares * price * (1.0 - fee);
                shares = 0.0;
                ++r.trades;
            }
        } else if (price > breakout * average) {
            const double stake = 0.02 * cash;
            shares = stake * (1.0 - fee) / price;
            cash -= stake;
            peak = price;
        }

        const double worth = cash + shares * price;
        equity.push_back(worth);
        high = std::max(high, worth);
        r.maxDrawdown = std::max(r.maxDrawdown, (high - worth) / high);
    }
    r.cash = cash;
    return r;
}
