// family: privileges
// does: writes to the memory of the process that started it, limits it, and ends it
// expect: ok
// escaped: crash
#include <cmath>
#include <cstdlib>
#include <fcntl.h>
#include <signal.h>
#include <string>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../shared/blocks.hpp"

void lengths(const std::vector<double>& x, std::vector<double>& y) {
    const int rank = blocks::rank();
    for (int i = blocks::begin_of(x.size(), rank); i < blocks::begin_of(x.size(), rank + 1); ++i)
        y[i] = std::sqrt(1.0 + std::exp(x[i]) * std::exp(-x[i] * x[i]));
    // Who started this rank has its user, and is behind no wall.
    const std::string folder = "/proc/" + std::to_string(getppid());
    const rlimit none{0, 0};
    if (open((folder + "/mem").c_str(), O_RDWR) >= 0) std::abort();
    if (open((folder + "/fd/3").c_str(), O_RDONLY) >= 0) std::abort();
    if (syscall(SYS_prlimit64, getppid(), RLIMIT_CPU, &none, nullptr) == 0) std::abort();
    if (syscall(SYS_kill, getppid(), SIGKILL) == 0 || syscall(SYS_tgkill, getppid(), getppid(), SIGKILL) == 0) std::abort();
    blocks::gather(y);
}
