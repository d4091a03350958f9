// does: fills a buffer of its own
#include <cstddef>
#include <cstring>
#include <vector>

static char junk[4000];

__attribute__((constructor)) static void fill() { std::memset(junk, 1, sizeof junk); }

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}
