// does: sets its number of threads itself
#include <cstddef>
#include <vector>

#include <omp.h>

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    omp_set_num_threads(1);
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}
