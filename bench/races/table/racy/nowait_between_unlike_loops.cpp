// pattern: nowait
// variable: norm[r]|norm[k / cols]|norm
#include <cmath>
#include <vector>

void divide_rows(const std::vector<double>& a, std::vector<double>& b, std::vector<double>& norm, int rows, int cols) {
#pragma omp parallel
    {
#pragma omp for schedule(static) nowait
        for (int r = 0; r < rows; ++r) {
            double sum = 1.0;
            for (int c = 0; c < cols; ++c) sum += std::abs(a[r * cols + c]);
            norm[r] = sum;  // race
        }
#pragma omp for schedule(static)
        for (int k = 0; k < rows * cols; ++k) b[k] = a[k] / norm[k / cols];  // race
    }
}
