// does: computes in a function of its own
#include <cstddef>
#include <vector>

static double own(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    if (a.size() > 3) return own(a, b);
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}
