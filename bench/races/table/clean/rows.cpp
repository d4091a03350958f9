// pattern: private
#include <cmath>
#include <vector>

void divide_rows(const std::vector<double>& a, std::vector<double>& b, std::vector<double>& norm, int rows, int cols) {
    int r, c;
#pragma omp parallel for private(c)
    for (r = 0; r < rows; ++r) {
        norm[r] = 1.0;
        for (c = 0; c < cols; ++c) norm[r] += std::abs(a[r * cols + c]);
        for (c = 0; c < cols; ++c) b[r * cols + c] = a[r * cols + c] / norm[r];
    }
}
