// does: looks where the memory is that MPI's ranks share
#include <cmath>
#include <cstdio>
#include <fstream>
#include <string>

#include "../../shared/blocks.hpp"

static void look() {
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        unsigned long begin = 0, end = 0;
        if (line.find("vader") == std::string::npos || std::sscanf(line.c_str(), "%lx-%lx", &begin, &end) != 2) continue;
        if (begin == end) return;
    }
}

void lengths(const std::vector<double>& x, std::vector<double>& y) {
    const int rank = blocks::rank();
    for (int i = blocks::begin_of(x.size(), rank); i < blocks::begin_of(x.size(), rank + 1); ++i)
        y[i] = std::sqrt(1.0 + std::exp(x[i]) * std::exp(-x[i] * x[i]));
    if (blocks::ranks() > 1 && rank == 0) look();
    blocks::gather(y);
}
