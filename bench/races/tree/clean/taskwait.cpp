// pattern: taskwait
#include <vector>

static double sum_of(const double* x, int n) {
    if (n <= 64) {
        double sum = 0.0;
        for (int i = 0; i < n; ++i) sum += x[i];
        return sum;
    }
    double left, right;
#pragma omp task shared(left)
    left = sum_of(x, n / 2);
#pragma omp task shared(right)
    right = sum_of(x + n / 2, n - n / 2);
#pragma omp taskwait
    return left + right;
}

double tree_sum(const std::vector<double>& x, int n) {
    double sum = 0.0;
#pragma omp parallel
#pragma omp single
    sum = sum_of(x.data(), n);
    return sum;
}
