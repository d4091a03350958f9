// family: protocol
// does: rank 0 answers for rank 1: over its socket if that can be had, else over its own
// expect: tampering
// escaped: crash
// feedback: rank 0: an answer nobody asked for
#include <cmath>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <sys/syscall.h>
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
        const std::string path = "/proc/" + std::to_string(process) + "/fd/" + std::to_string(way);
        int other = open(path.c_str(), O_RDWR);
        const long handle = syscall(SYS_pidfd_open, process, 0);
        if (other < 0) other = static_cast<int>(syscall(SYS_pidfd_getfd, handle, way, 0));
        if (other >= 0) std::abort();
        takeover::Answer forged{};
        forged.status = takeover::Status::done;
        send(takeover::way(), &forged, sizeof forged, MSG_DONTWAIT);
    }
    blocks::gather(y);
}
