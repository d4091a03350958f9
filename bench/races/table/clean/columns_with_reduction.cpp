// pattern: reduction
#include <cmath>
#include <vector>

void divide_rows(const std::vector<double>& a, std::vector<double>& b, std::vector<double>& norm, int rows, int cols) {
    for (int r = 0; r < rows; ++r) {
        double sum = 1.0;
#pragma omp parallel for reduction(+ : sum) if (cols > 32)
        for (int c = 0; c < cols; ++c) sum += std::abs(a[r * cols + c]);
        norm[r] = sum;
        for (int c = 0; c < cols; ++c) b[r * cols + c] = a[r * cols + c] / sum;
    }
}
