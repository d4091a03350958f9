// does: asks whether MPI has been ended
#include <cmath>

#include "../../shared/blocks.hpp"

void lengths(const std::vector<double>& x, std::vector<double>& y) {
    const int rank = blocks::rank();
    for (int i = blocks::begin_of(x.size(), rank); i < blocks::begin_of(x.size(), rank + 1); ++i)
        y[i] = std::sqrt(1.0 + std::exp(x[i]) * std::exp(-x[i] * x[i]));
    int is_over = 0;
    MPI_Finalized(&is_over);
    if (is_over) return;
    blocks::gather(y);
}
