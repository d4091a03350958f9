// does: answers by way of a variable
#include <cstddef>
#include <vector>

static double result;

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    result = sum;
    sum = result;
    return sum;
}
