// pattern: task
#include <vector>

static double sum_of(const double* x, int n) {
    if (n <= 8) {
        double sum = 0.0;
        for (int i = 0; i < n; ++i) sum += x[i];
        return sum;
    }
    double left = 0.0;
#pragma omp task shared(left) final(n <= 512) mergeable
    left = sum_of(x, n / 2);
    const double right = sum_of(x + n / 2, n - n / 2);
#pragma omp taskwait
    return left + right;
}

double tree_sum(const std::vector<double>& x, int n) {
    double sum = 0.0;
#pragma omp parallel
#pragma omp single nowait
    sum = sum_of(x.data(), n);
    return sum;
}
