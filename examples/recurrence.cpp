// A trap: a resonant filter with soft clipping in its feedback. Each output needs the one before it, and the
// clipping makes the recurrence non-linear, so that no scan applies: there is no parallel version to be found.
#include <cmath>
#include <cstddef>
#include <vector>

void recurrence(const std::vector<double>& x, std::vector<double>& y, double feedback) {
    double last = 0.0;
    for (std::size_t i = 0; i < y.size(); ++i) {
        last = std::tanh(x[i] + feedback * last);
        y[i] = last;
    }
}
