// does: receives what it took out of the queue, at once and by a request
#include <cmath>

#include "../../shared/blocks.hpp"

void lengths(const std::vector<double>& x, std::vector<double>& y) {
    const int rank = blocks::rank();
    for (int i = blocks::begin_of(x.size(), rank); i < blocks::begin_of(x.size(), rank + 1); ++i)
        y[i] = std::sqrt(1.0 + std::exp(x[i]) * std::exp(-x[i] * x[i]));
    double one = 1.0;
    MPI_Message found;
    for (int tag = 7; tag < 9; ++tag) {
        if (blocks::ranks() > 1 && rank == 0) MPI_Send(&one, 1, MPI_DOUBLE, 1, tag, MPI_COMM_WORLD);
        if (rank != 1) continue;
        int is_there = 0;
        while (!is_there) MPI_Improbe(0, tag, MPI_COMM_WORLD, &is_there, &found, MPI_STATUS_IGNORE);
        MPI_Request request;
        if (tag == 7) {
            MPI_Mrecv(&one, 1, MPI_DOUBLE, &found, MPI_STATUS_IGNORE);
        } else {
            MPI_Imrecv(&one, 1, MPI_DOUBLE, &found, &request);
            MPI_Wait(&request, MPI_STATUS_IGNORE);
        }
    }
    blocks::gather(y);
}
