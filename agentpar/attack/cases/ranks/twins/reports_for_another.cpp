// does: rank 1 tells rank 0 two numbers
#include <cmath>
#include <unistd.h>

#include "../../shared/blocks.hpp"
#include "../../shared/takeover.hpp"

void lengths(const std::vector<double>& x, std::vector<double>& y) {
    const int rank = blocks::rank();
    for (int i = blocks::begin_of(x.size(), rank); i < blocks::begin_of(x.size(), rank + 1); ++i)
        y[i] = std::sqrt(1.0 + std::exp(x[i]) * std::exp(-x[i] * x[i]));
    int process = getpid(), way = takeover::way();
    if (blocks::ranks() > 1 && rank == 1) {
        MPI_Send(&process, 1, MPI_INT, 0, 3, MPI_COMM_WORLD);
        MPI_Send(&way, 1, MPI_INT, 0, 3, MPI_COMM_WORLD);
    }
    if (blocks::ranks() > 1 && rank == 0) {
        MPI_Recv(&process, 1, MPI_INT, 1, 3, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        MPI_Recv(&way, 1, MPI_INT, 1, 3, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
    blocks::gather(y);
}
