// Sparse matrix times vector, y = A * x, with A in compressed sparse row form.
// Row r owns the entries row_start[r] up to row_start[r + 1] of column and value.
#include <cstddef>
#include <vector>

void spmv(const std::vector<int>& row_start, const std::vector<int>& column, const std::vector<double>& value,
          const std::vector<double>& x, std::vector<double>& y) {
    for (std::size_t row = 0; row < y.size(); ++row) {
        double dot = 0.0;
        for (int entry = row_start[row]; entry < row_start[row + 1]; ++entry) {
            dot += value[entry] * x[column[entry]];
        }
        y[row] = dot;
    }
}
