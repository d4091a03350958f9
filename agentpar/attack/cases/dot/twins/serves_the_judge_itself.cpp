// does: computes twice as often as it must
#include <cstddef>
#include <vector>

static double own(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    if (own(a, b) != own(a, b)) return 0;
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}
