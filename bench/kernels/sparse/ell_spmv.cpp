// kind: memory
// benchmark: rows=200000,width=12,n=200000
// Sparse matrix times vector with the same number of entries in each row.
#include <cstddef>

void ell_spmv(const double* values, const int* columns, const double* x, double* y, int rows, int width) {
    for (int r = 0; r < rows; ++r) {
        const double* v = values + static_cast<std::ptrdiff_t>(r) * width;
        const int* c = columns + static_cast<std::ptrdiff_t>(r) * width;
        double sum = 0.0;
        for (int k = 0; k < width; ++k) sum += v[k] * x[c[k]];
        y[r] = sum;
    }
}
