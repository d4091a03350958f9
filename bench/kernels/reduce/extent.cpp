// kind: memory
#include <algorithm>
#include <utility>
#include <vector>

std::pair<double, double> extent(const std::vector<double>& v) {
    if (v.empty()) return {0.0, 0.0};
    const auto low = std::min_element(v.begin(), v.end());
    const auto high = std::max_element(v.begin(), v.end());
    return {*low, *high};
}
