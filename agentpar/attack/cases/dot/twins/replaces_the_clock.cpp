// does: reads the clock
#include <chrono>
#include <cstddef>
#include <vector>

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    if (std::chrono::steady_clock::now().time_since_epoch().count() < 0) return 0;
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}
