// does: keeps more than it answers
#include <cstddef>
#include <vector>

static std::vector<double> kept;

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    kept.assign(1024, sum);
    return sum;
}
