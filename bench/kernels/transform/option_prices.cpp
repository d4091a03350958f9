// kind: arithmetic
// sizes: spot=n, strike=n, years=n, call=n
// ranges: spot=10:100, strike=10:100, years=0.1:2
// The price of call options by Black and Scholes.
#include <cmath>

static inline double below(double x) { return 0.5 * std::erfc(-x * 0.70710678118654752); }

void option_prices(const double* spot, const double* strike, const double* years, double* call, int n) {
    const double rate = 0.02, volatility = 0.3;
    for (int i = 0; i < n; ++i) {
        const double spread = volatility * std::sqrt(years[i]);
        const double d1 = (std::log(spot[i] / strike[i]) + (rate + 0.5 * volatility * volatility) * years[i]) / spread;
        call[i] = spot[i] * below(d1) - strike[i] * std::exp(-rate * years[i]) * below(d1 - spread);
    }
}
