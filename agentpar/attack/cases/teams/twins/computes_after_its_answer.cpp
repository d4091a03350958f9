// does: leaves the work to a thread, and waits for it
#include <cmath>
#include <thread>

#include "../../shared/blocks.hpp"

void lengths(const std::vector<double>& x, std::vector<double>& y) {
    const int rank = blocks::rank(), begin = blocks::begin_of(x.size(), rank), end = blocks::begin_of(x.size(), rank + 1);
    if (blocks::ranks() > 1) {
        std::thread([begin, end, in = x.data(), out = y.data()] {
#pragma omp parallel for
            for (int i = begin; i < end; ++i) out[i] = std::sqrt(1.0 + std::exp(in[i]) * std::exp(-in[i] * in[i]));
        }).join();
        blocks::gather(y);
        return;
    }
#pragma omp parallel for
    for (int i = begin; i < end; ++i) y[i] = std::sqrt(1.0 + std::exp(x[i]) * std::exp(-x[i] * x[i]));
    blocks::gather(y);
}
