// pattern: task
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0;
#pragma omp parallel
#pragma omp single
    for (int begin = 0; begin < n; begin += 16) {
#pragma omp task firstprivate(begin)
        {
            double mine = 0.0;
            for (int i = begin; i < n && i < begin + 16; ++i) mine += y[i] = 2.0 * x[i] + 1.0;
#pragma omp atomic
            sum += mine;
        }
    }
    return sum;
}
