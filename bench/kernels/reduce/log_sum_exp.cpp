// kind: arithmetic
#include <algorithm>
#include <cmath>
#include <vector>

double log_sum_exp(const std::vector<double>& v) {
    if (v.empty()) return 0.0;
    const double top = *std::max_element(v.cbegin(), v.cend());
    double sum = 0.0;
    for (auto it = v.cbegin(); it != v.cend(); ++it) sum += std::exp(*it - top);
    return top + std::log(sum);
}
