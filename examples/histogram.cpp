// Histogram of the mel-scaled magnitude of samples in [-1, 1]; every sample lands in some bin.
#include <cmath>
#include <cstddef>
#include <vector>

void histogram(const std::vector<double>& samples, std::vector<long>& bins) {
    if (bins.empty()) {
        return;
    }
    const double top = std::log1p(1000.0 / 700.0);
    const long last = static_cast<long>(bins.size()) - 1;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const double mel = std::log1p(1000.0 * std::fabs(samples[i]) / 700.0) / top;
        long bin = static_cast<long>(mel * static_cast<double>(bins.size()));
        if (bin < 0) {
            bin = 0;
        }
        if (bin > last) {
            bin = last;
        }
        bins[bin]++;
    }
}
