// pattern: firstprivate
// variable: sum
#include <vector>

double tree_sum(const std::vector<double>& x, int n) {
    double sum = 0.0, total = 0.0;
#pragma omp parallel
#pragma omp single
#pragma omp task firstprivate(sum) shared(total)
    {
#pragma omp task shared(sum)
        for (int i = 0; i < n / 2; ++i) sum += x[i];  // race
#pragma omp task shared(sum)
        for (int i = n / 2; i < n; ++i) sum += x[i];  // race
#pragma omp taskwait
        total = sum;
    }
    return total;
}
