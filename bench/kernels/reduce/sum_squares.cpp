// kind: memory
#include <numeric>
#include <vector>

double sum_squares(const std::vector<double>& v) {
    return std::accumulate(v.begin(), v.end(), 0.0, [](double sum, double x) { return sum + x * x; });
}
