// entry: pricing::price_book
// kind: arithmetic
// ranges: book=0.1:1

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace pricing {

struct Contract {
    double spot;
    double strike;
    double rate;
    double volatility;
    double years;
};

// American put by the tree of Cox, Ross and Rubinstein. `value` is scratch space of steps + 1.
static double binomial_put(const Contract& c, int steps, std::vector<double>& value) {
    const double dt = c.years / steps;
    const double up = std::exp(c.volatility * std::sqrt(dt));
    const double down = 1.0 / up;
    const double growth = std::exp(c.rate * dt);
    const double p = std::clamp((growth - down) / (up - down), 0.0, 1.0);
    const double discount = 1.0 / growth;

    double price = c.spot * std::pow(down, steps);
    for (int i = 0; i <= steps; ++i) {
        value[i] = std::max(c.strike - price, 0.0);
        price *= up * up;
    }
    for (int level = steps - 1; level >= 0; --level) {
        price = c.spot * std::pow(down, level);
        for (int i = 0; i <= level; ++i) {
            const double hold = discount * (p * value[i + 1] + (1.0 - p) * value[i]);
            value[i] = std::max(hold, c.strike - price);  // exercised early where that is worth more
            price *= up * up;
        }
    }
    return value[0];
}

// Prices every contract and returns the worth of the whole book.
double price_book(const std::vector<Contract>& book, std::vector<double>& prices) {
    constexpr int steps = 64;
    std::vector<double> tree(steps + 1);
    prices.resize(book.size());
    double total = 0.0;
    for (std::size_t i = 0; i < book.size(); i++) {
        prices[i] = binomial_put(book[i], steps, tree);
        total += prices[i];
    }
    return total;
}

}  // namespace pricing
