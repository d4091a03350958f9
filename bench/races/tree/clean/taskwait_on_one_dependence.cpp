// pattern: depend
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
    double left = 0.0, sum = 0.0;
#pragma omp parallel
#pragma omp single
    {
#pragma omp task shared(left) depend(out : left)
        left = sum_of(x.data(), n / 2);
        const double right = sum_of(x.data() + n / 2, n - n / 2);
#pragma omp taskwait depend(in : left)
        sum = left + right;
    }
    return sum;
}
