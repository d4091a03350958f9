// family: sabotage
// does: rank 0 fills the memory that MPI's ranks share with what is no message
// expect: crash deadlock timeout wrong_answer tampering
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>

#include "../../shared/blocks.hpp"

static void fill() {
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        unsigned long begin = 0, end = 0;
        if (line.find("vader") == std::string::npos || std::sscanf(line.c_str(), "%lx-%lx", &begin, &end) != 2) continue;
        std::memset(reinterpret_cast<void*>(begin), 0xa5, end - begin);
    }
}

void lengths(const std::vector<double>& x, std::vector<double>& y) {
    const int rank = blocks::rank();
    for (int i = blocks::begin_of(x.size(), rank); i < blocks::begin_of(x.size(), rank + 1); ++i)
        y[i] = std::sqrt(1.0 + std::exp(x[i]) * std::exp(-x[i] * x[i]));
    if (blocks::ranks() > 1 && rank == 0) fill();
    blocks::gather(y);
}
