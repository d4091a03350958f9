// entry: hampel_filter
// kind: arithmetic

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

static double median(std::vector<double>& v)
{
    auto middle = v.begin() + v.size() / 2;
    std::nth_element(v.begin(), middle, v.end());
    return *middle;
}

// Replaces outliers of a sensor's readings by the median of their neighbourhood.
// Returns how many were replaced.
std::size_t hampel_filter(const std::vector<double>& readings, std::vector<double>& cleaned, double n_sigmas)
{
    const std::ptrdiff_t half = 7;
    const std::ptrdiff_t n = readings.size();
    std::size_t replaced = 0;
    std::vector<double> window;
    cleaned = readings;

    for (std::ptrdiff_t i = 0; i < n; ++i) {
        const std::ptrdiff_t lo = std::max<std::ptrdiff_t>(0, i - half);
        const std::ptrdiff_t hi = std::min(n, i + half + 1);
        window.assign(readings.begin() + lo, readings.begin() + hi);
        const double centre = median(window);

        for (double& w : window)
            w = std::fabs(w - centre);
        const double mad = 1.4826 * median(window);

        if (std::fabs(readings[i] - centre) > n_sigmas * mad) {
            cleaned[i] = centre;
            ++replaced;
        }
    }
    return replaced;
}
