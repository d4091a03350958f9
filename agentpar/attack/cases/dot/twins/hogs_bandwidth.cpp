// does: moves some memory before it begins
#include <cstddef>
#include <cstring>
#include <vector>

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    static std::vector<char> from(1 << 12, 1), to(1 << 12);
    std::memcpy(to.data(), from.data(), to.size());
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}
