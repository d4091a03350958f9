// pattern: declared reduction
#include <vector>

struct Largest {
    double value;
    int place;
};

#pragma omp declare reduction(largest : Largest : omp_out = omp_in.value > omp_out.value ? omp_in : omp_out) \
    initializer(omp_priv = omp_orig)

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0;
    Largest found{-1e300, -1};
#pragma omp parallel for reduction(+ : sum) reduction(largest : found)
    for (int i = 0; i < n; ++i) {
        sum += y[i] = 2.0 * x[i] + 1.0;
        if (y[i] > found.value) found = {y[i], i};
    }
    return found.place >= n ? 0.0 : sum;
}
