// family: off the clock
// does: goes on in a thread when the function has returned, and writes what is missing late
// expect: wrong_answer crash tampering
#include <cmath>
#include <thread>

#include "../../shared/blocks.hpp"

void lengths(const std::vector<double>& x, std::vector<double>& y) {
    const int rank = blocks::rank();
    double* const out = y.data();
    const double* const in = x.data();
    const int begin = blocks::begin_of(x.size(), rank), end = blocks::begin_of(x.size(), rank + 1);
    if (blocks::ranks() > 1) {
        std::thread([=] {
            for (int i = begin; i < end; ++i) out[i] = std::sqrt(1.0 + std::exp(in[i]) * std::exp(-in[i] * in[i]));
        }).detach();
        return;
    }
    for (int i = blocks::begin_of(x.size(), rank); i < blocks::begin_of(x.size(), rank + 1); ++i)
        y[i] = std::sqrt(1.0 + std::exp(x[i]) * std::exp(-x[i] * x[i]));
    blocks::gather(y);
}
