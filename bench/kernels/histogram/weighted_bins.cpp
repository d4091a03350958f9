// kind: memory
// sizes: value=n, weight=n, bins=nbins
// ranges: value=0:1
#include <cstddef>
#include <vector>

void weighted_bins(const std::vector<float>& value, const std::vector<float>& weight, std::vector<double>& bins) {
    const std::size_t last = bins.size() - 1;
    if (bins.empty()) return;
    for (std::size_t i = 0; i < value.size(); ++i) {
        std::size_t bin = static_cast<std::size_t>(value[i] * bins.size());
        if (bin > last) bin = last;
        bins[bin] += weight[i];
    }
}
