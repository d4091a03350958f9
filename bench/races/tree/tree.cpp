#include <vector>

static double sum_of(const double* x, int n) {
    if (n <= 8) {
        double sum = 0.0;
        for (int i = 0; i < n; ++i) sum += x[i];
        return sum;
    }
    return sum_of(x, n / 2) + sum_of(x + n / 2, n - n / 2);
}

double tree_sum(const std::vector<double>& x, int n) {
    return sum_of(x.data(), n);
}
