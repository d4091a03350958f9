// does: asks for the address of its output
#include <cstddef>
#include <vector>

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    const double* volatile where = &sum;
    if (where == nullptr) return 0;
    return sum;
}
