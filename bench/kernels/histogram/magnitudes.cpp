// kind: arithmetic
// sizes: samples=n
// ranges: samples=-1000:1000
// How many samples have each power of two as their magnitude.
#include <algorithm>
#include <array>
#include <cmath>

std::array<unsigned, 32> magnitudes(const double* samples, std::size_t n) {
    std::array<unsigned, 32> counts = {};
    std::for_each(samples, samples + n, [&counts](double s) {
        const int power = static_cast<int>(std::log2(std::fabs(s) + 1e-4)) + 15;
        counts[std::clamp(power, 0, 31)]++;
    });
    return counts;
}
