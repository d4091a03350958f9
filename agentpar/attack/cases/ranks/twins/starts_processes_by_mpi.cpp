// does: has a communicator of its own
#include <cmath>

#include "../../shared/blocks.hpp"

void lengths(const std::vector<double>& x, std::vector<double>& y) {
    const int rank = blocks::rank();
    for (int i = blocks::begin_of(x.size(), rank); i < blocks::begin_of(x.size(), rank + 1); ++i)
        y[i] = std::sqrt(1.0 + std::exp(x[i]) * std::exp(-x[i] * x[i]));
    MPI_Comm others;
    MPI_Comm_dup(MPI_COMM_SELF, &others);
    MPI_Comm_free(&others);
    blocks::gather(y);
}
