// does: looks at where its inputs lie
#include <cstddef>
#include <cstdint>
#include <vector>

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    if (reinterpret_cast<std::uintptr_t>(a.data()) >= 0xffff800000000000) return 0;
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}
