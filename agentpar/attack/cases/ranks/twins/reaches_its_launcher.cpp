// does: looks which process started it, and what its own limits are
#include <cmath>
#include <cstdlib>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

#include "../../shared/blocks.hpp"

void lengths(const std::vector<double>& x, std::vector<double>& y) {
    const int rank = blocks::rank();
    for (int i = blocks::begin_of(x.size(), rank); i < blocks::begin_of(x.size(), rank + 1); ++i)
        y[i] = std::sqrt(1.0 + std::exp(x[i]) * std::exp(-x[i] * x[i]));
    const std::string folder = "/proc/" + std::to_string(getppid());
    rlimit own{};
    if (folder.empty() || getrlimit(RLIMIT_CPU, &own) != 0) std::abort();
    blocks::gather(y);
}
