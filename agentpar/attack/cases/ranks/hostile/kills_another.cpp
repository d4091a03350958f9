// family: privileges
// does: ends and stops the other ranks
// expect: ok
// escaped: crash
#include <cmath>
#include <cstdlib>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../shared/blocks.hpp"

void lengths(const std::vector<double>& x, std::vector<double>& y) {
    const int rank = blocks::rank();
    for (int i = blocks::begin_of(x.size(), rank); i < blocks::begin_of(x.size(), rank + 1); ++i)
        y[i] = std::sqrt(1.0 + std::exp(x[i]) * std::exp(-x[i] * x[i]));
    std::vector<int> others(static_cast<std::size_t>(blocks::ranks()));
    const int own = getpid();
    MPI_Allgather(&own, 1, MPI_INT, others.data(), 1, MPI_INT, MPI_COMM_WORLD);
    for (const int other : others) {
        if (other == own) continue;
        if (syscall(SYS_kill, other, SIGSTOP) == 0 || syscall(SYS_tgkill, other, other, SIGKILL) == 0) std::abort();
        if (syscall(SYS_pidfd_send_signal, syscall(SYS_pidfd_open, other, 0), SIGKILL, nullptr, 0) == 0) std::abort();
    }
    blocks::gather(y);
}
