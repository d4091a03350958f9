// family: threads
// does: has another thread than the one that called the function gather what ranks have
// expect: crash
// feedback: MPI_THREAD_FUNNELED
#include <cmath>
#include <thread>

#include "../../shared/blocks.hpp"

void lengths(const std::vector<double>& x, std::vector<double>& y) {
    const int rank = blocks::rank(), begin = blocks::begin_of(x.size(), rank), end = blocks::begin_of(x.size(), rank + 1);
#pragma omp parallel for
    for (int i = begin; i < end; ++i) y[i] = std::sqrt(1.0 + std::exp(x[i]) * std::exp(-x[i] * x[i]));
    std::thread([&] { blocks::gather(y); }).join();
}
