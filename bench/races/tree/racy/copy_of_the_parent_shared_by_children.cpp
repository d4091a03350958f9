// pattern: task
// variable: sum
#include <vector>

static double sum_of(const double* x, int n) {
    if (n <= 8) {
        double sum = 0.0;
        for (int i = 0; i < n; ++i) sum += x[i];
        return sum;
    }
    double sum = 0.0;
#pragma omp task shared(sum) if (n > 32)
    sum += sum_of(x, n / 2);  // race
#pragma omp task shared(sum) if (n > 32)
    sum += sum_of(x + n / 2, n - n / 2);  // race
#pragma omp taskwait
    return sum;
}

double tree_sum(const std::vector<double>& x, int n) {
    double sum = 0.0;
#pragma omp parallel
#pragma omp single
    sum = sum_of(x.data(), n);
    return sum;
}
