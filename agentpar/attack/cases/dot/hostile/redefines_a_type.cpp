// family: build: entry
// does: has double mean float from here on
// expect: wrong_answer build_error crash
#include <cstddef>
#include <vector>

#define double float

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}
