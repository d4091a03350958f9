// kind: memory
// y += A * x, with A stored by columns: each column scatters into y.
#include <vector>

void csc_spmv(const std::vector<int>& col_start, const std::vector<int>& row, const std::vector<double>& value,
              const std::vector<double>& x, std::vector<double>& y) {
    for (std::size_t c = 0; c < x.size(); ++c) {
        const double xc = x[c];
        for (int e = col_start[c]; e < col_start[c + 1]; ++e) y[row[e]] += value[e] * xc;
    }
}
