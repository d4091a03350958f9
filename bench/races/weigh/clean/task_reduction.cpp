// pattern: task
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0;
#pragma omp parallel
#pragma omp single
#pragma omp taskgroup task_reduction(+ : sum)
    for (int begin = 0; begin < n; begin += 16) {
#pragma omp task in_reduction(+ : sum) firstprivate(begin)
        for (int i = begin; i < n && i < begin + 16; ++i) sum += y[i] = 2.0 * x[i] + 1.0;
    }
    return sum;
}
