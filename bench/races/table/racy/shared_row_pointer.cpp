// pattern: private
// variable: row
#include <cmath>
#include <vector>

void divide_rows(const std::vector<double>& a, std::vector<double>& b, std::vector<double>& norm, int rows, int cols) {
    const double* row = a.data();
#pragma omp parallel for
    for (int r = 0; r < rows; ++r) {
        row = a.data() + r * cols;  // race
        double sum = 1.0;
        for (int c = 0; c < cols; ++c) sum += std::abs(row[c]);  // race
        norm[r] = sum;
        for (int c = 0; c < cols; ++c) b[r * cols + c] = row[c] / sum;  // race
    }
}
