// kind: memory
#include <algorithm>
#include <cmath>
#include <vector>

bool all_finite(const std::vector<double>& v) {
    return std::all_of(v.begin(), v.end(), [](double x) { return std::isfinite(x) && x > -1e6; });
}
