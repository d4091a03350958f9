// does: closes a descriptor of its own
#include <cstddef>
#include <vector>

#include <unistd.h>

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    close(dup(2));
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}
