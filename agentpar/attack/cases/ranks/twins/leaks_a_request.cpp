// does: completes what it began to send
#include <cmath>

#include "../../shared/blocks.hpp"

void lengths(const std::vector<double>& x, std::vector<double>& y) {
    const int rank = blocks::rank();
    for (int i = blocks::begin_of(x.size(), rank); i < blocks::begin_of(x.size(), rank + 1); ++i)
        y[i] = std::sqrt(1.0 + std::exp(x[i]) * std::exp(-x[i] * x[i]));
    static MPI_Request left;
    static double kept = 1.0;
    if (blocks::ranks() > 1 && rank == 0) {
        MPI_Isend(&kept, 1, MPI_DOUBLE, 1, 7, MPI_COMM_WORLD, &left);
        MPI_Wait(&left, MPI_STATUS_IGNORE);
    }
    if (rank == 1) MPI_Recv(&kept, 1, MPI_DOUBLE, 0, 7, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    blocks::gather(y);
}
