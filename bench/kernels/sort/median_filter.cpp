// kind: arithmetic
// Each sample becomes the median of itself and up to three on each side.
#include <algorithm>
#include <vector>

std::vector<double> median_filter(const std::vector<double>& in) {
    const int n = static_cast<int>(in.size());
    std::vector<double> out(in.size());
    for (int i = 0; i < n; ++i) {
        const int from = std::max(0, i - 3), to = std::min(n, i + 4);
        std::vector<double> window(in.begin() + from, in.begin() + to);
        std::nth_element(window.begin(), window.begin() + window.size() / 2, window.end());
        out[i] = window[window.size() / 2];
    }
    return out;
}
