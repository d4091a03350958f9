// family: exits
// does: a thread of rank 1 prints success and leaves, with status 0
// expect: crash
// feedback: rank 1: the process left
#include <cmath>
#include <cstdio>
#include <unistd.h>

#include "../../shared/blocks.hpp"

void lengths(const std::vector<double>& x, std::vector<double>& y) {
    const int rank = blocks::rank(), begin = blocks::begin_of(x.size(), rank), end = blocks::begin_of(x.size(), rank + 1);
#pragma omp parallel for
    for (int i = begin; i < end; ++i) y[i] = std::sqrt(1.0 + std::exp(x[i]) * std::exp(-x[i] * x[i]));
    if (rank == 1) {
#pragma omp parallel
        {
#pragma omp single
            {
                std::puts("ok");
                std::fflush(stdout);
                _exit(0);
            }
        }
    }
    blocks::gather(y);
}
