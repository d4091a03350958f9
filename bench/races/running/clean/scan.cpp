// pattern: scan
#include <vector>

void running(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0;
#pragma omp parallel for reduction(inscan, + : sum)
    for (int i = 0; i < n; ++i) {
        sum += x[i];
#pragma omp scan inclusive(sum)
        y[i] = sum;
    }
}
