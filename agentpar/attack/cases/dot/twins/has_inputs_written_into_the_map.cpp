// does: copies its inputs over one another
#include <algorithm>
#include <cstddef>
#include <vector>

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    std::vector<double> room = a;
    std::copy(b.begin(), b.end(), room.begin());
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}
