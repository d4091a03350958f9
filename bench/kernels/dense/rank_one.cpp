// kind: memory
// A += x * y^T, with a matrix of rows.
#include <vector>

using Matrix = std::vector<std::vector<double>>;

void rank_one(Matrix& a, const std::vector<double>& x, const std::vector<double>& y) {
    std::size_t r = 0;
    for (auto& row : a) {
        const double factor = x[r++];
        for (std::size_t c = 0; c < row.size(); ++c) row[c] += factor * y[c];
    }
}
