// pattern: static local
// variable: t
#include <vector>

static double weight(double x) {
    static double t;
    t = 2.0 * x + 1.0;  // race
    return t;           // race
}

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0;
#pragma omp parallel for reduction(+ : sum)
    for (int i = 0; i < n; ++i) {
        y[i] = weight(x[i]);
        sum += 2.0 * x[i] + 1.0;
    }
    return sum;
}
