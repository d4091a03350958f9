// pattern: collapse
#include <cmath>
#include <vector>

void divide_rows(const std::vector<double>& a, std::vector<double>& b, std::vector<double>& norm, int rows, int cols) {
#pragma omp parallel
    {
#pragma omp for
        for (int r = 0; r < rows; ++r) {
            double sum = 1.0;
            for (int c = 0; c < cols; ++c) sum += std::abs(a[r * cols + c]);
            norm[r] = sum;
        }
#pragma omp for collapse(2) schedule(dynamic, 3)
        for (int r = 0; r < rows; ++r)
            for (int c = 0; c < cols; ++c) b[r * cols + c] = a[r * cols + c] / norm[r];
    }
}
