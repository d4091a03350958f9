// kind: arithmetic
// sizes: scores=rows*cols
#include <algorithm>
#include <cmath>

void softmax_rows(double* scores, int rows, int cols) {
    for (double* row = scores; row < scores + rows * cols; row += cols) {
        const double top = *std::max_element(row, row + cols);
        double sum = 0.0;
        for (int c = 0; c < cols; ++c) {
            row[c] = std::exp(row[c] - top);
            sum += row[c];
        }
        for (int c = 0; c < cols; ++c) row[c] /= sum;
    }
}
