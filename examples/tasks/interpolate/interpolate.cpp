// Piecewise linear interpolation in a table of ascending nodes; outside the table its ends hold.
#include <algorithm>
#include <cstddef>
#include <vector>

namespace table {

void interpolate(const std::vector<double>& nodes, const std::vector<double>& values,
                 const std::vector<double>& samples, std::vector<double>& result) {
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const double at = samples[i];
        const auto above = std::upper_bound(nodes.begin(), nodes.end(), at);
        if (above == nodes.begin()) {
            result[i] = values.front();
        } else if (above == nodes.end()) {
            result[i] = values.back();
        } else {
            const std::size_t right = static_cast<std::size_t>(above - nodes.begin());
            const double part = (at - nodes[right - 1]) / (nodes[right] - nodes[right - 1]);
            result[i] = values[right - 1] + part * (values[right] - values[right - 1]);
        }
    }
}

}  // namespace table
