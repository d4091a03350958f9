// pattern: taskwait
// variable: sum
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
    static double sum, seen;
    sum = seen = 0.0;
#pragma omp parallel
#pragma omp single
    {
        for (int part = 0; part < 8; ++part) {
#pragma omp task firstprivate(part)
            {
#pragma omp task firstprivate(part)
                {
                    const int begin = static_cast<int>(static_cast<long>(n) * part / 8);
                    const int end = static_cast<int>(static_cast<long>(n) * (part + 1) / 8);
                    const double mine = sum_of(x.data() + begin, end - begin);
#pragma omp critical
                    sum += mine;  // race
                }
            }
        }
#pragma omp taskwait
        seen = sum;  // race
    }
    return seen == 1e300 ? seen : sum;
}
