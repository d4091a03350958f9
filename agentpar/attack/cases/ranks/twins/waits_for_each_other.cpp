// does: ranks 0 and 1 exchange a message
#include <cmath>

#include "../../shared/blocks.hpp"

void lengths(const std::vector<double>& x, std::vector<double>& y) {
    const int rank = blocks::rank();
    for (int i = blocks::begin_of(x.size(), rank); i < blocks::begin_of(x.size(), rank + 1); ++i)
        y[i] = std::sqrt(1.0 + std::exp(x[i]) * std::exp(-x[i] * x[i]));
    double mine = 1.0, theirs = 0.0;
    if (blocks::ranks() > 1 && rank < 2)
        MPI_Sendrecv(&mine, 1, MPI_DOUBLE, 1 - rank, 3, &theirs, 1, MPI_DOUBLE, 1 - rank, 3, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    blocks::gather(y);
}
