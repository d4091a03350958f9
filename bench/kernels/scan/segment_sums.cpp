// kind: memory
// sizes: starts=n, values=n, sums=n
// ranges: starts=0:15
// A running total that begins anew where a segment starts, which is where `starts` holds 0.
#include <vector>

void segment_sums(const std::vector<int>& starts, const std::vector<double>& values, std::vector<double>& sums) {
    double total = 0.0;
    for (std::size_t i = 0; i < values.size(); i++) {
        if (starts[i] == 0) total = 0.0;
        total += values[i];
        sums[i] = total;
    }
}
