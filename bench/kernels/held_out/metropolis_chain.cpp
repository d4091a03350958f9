// entry: metropolis
// kind: serial

#include <cmath>
#include <cstdint>
#include <vector>

// xorshift64*: good enough for a random walk, and the same on every platform
static double uniform(std::uint64_t& state) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return static_cast<double>((state * 2685821657736338717ULL) >> 11) * 0x1.0p-53;
}

// unnormalised log density, two humps of unequal width
static double log_density(double x) {
    return -0.25 * (x * x - 4.0) * (x * x - 4.0) + 0.3 * x;
}

// Fills the chain with samples; returns the rate of acceptance.
// Each sample starts where the previous one ended.
double metropolis(std::vector<double>& chain, double start, std::uint64_t seed) {
    std::uint64_t state = seed * 2 + 1;
    double x = start;
    double current = log_density(x);
    long accepted = 0;
    for (double& sample : chain) {
        const double candidate = x + 1.8 * (uniform(state) - 0.5);
        const double proposed = log_density(candidate);
        if (proposed >= current || uniform(state) < std::exp(proposed - current)) {
            x = candidate;
            current = proposed;
            ++accepted;
        }
        sample = x;
    }
    return chain.empty() ? 0.0 : static_cast<double>(accepted) / static_cast<double>(chain.size());
}
