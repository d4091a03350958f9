// kind: arithmetic
// sizes: samples=n, frequencies=bins, power=bins
// The power of a signal at some frequencies, each by Goertzel's recurrence.
#include <cmath>
#include <vector>

void goertzel(const std::vector<double>& samples, const std::vector<double>& frequencies, std::vector<double>& power) {
    for (size_t f = 0; f < frequencies.size(); ++f) {
        const double coefficient = 2.0 * std::cos(frequencies[f]);
        double before = 0.0, last = 0.0;
        for (double sample : samples) {
            const double now = sample + coefficient * last - before;
            before = last;
            last = now;
        }
        power[f] = last * last + before * before - coefficient * last * before;
    }
}
