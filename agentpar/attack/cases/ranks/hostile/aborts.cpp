// family: exits
// does: rank 1 ends all ranks
// expect: crash
// feedback: MPI_Abort
#include <cmath>

#include "../../shared/blocks.hpp"

void lengths(const std::vector<double>& x, std::vector<double>& y) {
    const int rank = blocks::rank();
    for (int i = blocks::begin_of(x.size(), rank); i < blocks::begin_of(x.size(), rank + 1); ++i)
        y[i] = std::sqrt(1.0 + std::exp(x[i]) * std::exp(-x[i] * x[i]));
    if (rank == 1) MPI_Abort(MPI_COMM_WORLD, 0);
    blocks::gather(y);
}
