// pattern: atomic
// variable: sum
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0, most = 0.0;
#pragma omp parallel for reduction(max : most)
    for (int i = 0; i < n; ++i) {
        const double t = 2.0 * x[i] + 1.0;
        y[i] = t;
#pragma omp atomic
        sum += t;  // race
        if (sum > most) most = sum;  // race
    }
    return most < -1.0 ? most : sum;
}
