// family: state
// does: takes a message out of the queue, and leaves it unreceived, where no later look at the queue shows it
// expect: wrong_answer
// feedback: was never received
#include <cmath>

#include "../../shared/blocks.hpp"

void lengths(const std::vector<double>& x, std::vector<double>& y) {
    const int rank = blocks::rank();
    for (int i = blocks::begin_of(x.size(), rank); i < blocks::begin_of(x.size(), rank + 1); ++i)
        y[i] = std::sqrt(1.0 + std::exp(x[i]) * std::exp(-x[i] * x[i]));
    const double one = 1.0;
    MPI_Message found;
    if (blocks::ranks() > 1 && rank == 0) MPI_Send(&one, 1, MPI_DOUBLE, 1, 7, MPI_COMM_WORLD);
    if (rank == 1) MPI_Mprobe(0, 7, MPI_COMM_WORLD, &found, MPI_STATUS_IGNORE);
    blocks::gather(y);
}
