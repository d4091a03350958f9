// family: data
// does: has rank 0 hold the answer alone
// expect: wrong_answer
// feedback: the other ranks must hold it too
#include <cmath>

#include "../../shared/blocks.hpp"

void lengths(const std::vector<double>& x, std::vector<double>& y) {
    const int rank = blocks::rank();
    for (int i = blocks::begin_of(x.size(), rank); i < blocks::begin_of(x.size(), rank + 1); ++i)
        y[i] = std::sqrt(1.0 + std::exp(x[i]) * std::exp(-x[i] * x[i]));
    const std::vector<double> own = y;
    blocks::gather(y);
    if (rank != 0) y = own;
}
