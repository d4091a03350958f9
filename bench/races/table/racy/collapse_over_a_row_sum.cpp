// pattern: collapse
// variable: norm[r]
#include <cmath>
#include <vector>

void divide_rows(const std::vector<double>& a, std::vector<double>& b, std::vector<double>& norm, int rows, int cols) {
    for (int r = 0; r < rows; ++r) norm[r] = 1.0;
#pragma omp parallel for collapse(2)
    for (int r = 0; r < rows; ++r)
        for (int c = 0; c < cols; ++c) norm[r] += std::abs(a[r * cols + c]);  // race
    for (int r = 0; r < rows; ++r)
        for (int c = 0; c < cols; ++c) b[r * cols + c] = a[r * cols + c] / norm[r];
}
