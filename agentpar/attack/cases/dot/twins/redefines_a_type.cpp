// does: gives double another name
#include <cstddef>
#include <vector>

using real = double;

real dot(const std::vector<double>& a, const std::vector<double>& b) {
    real sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}
