// family: special cases
// does: leaves out what is left where the number of ranks does not divide that of elements
// expect: wrong_answer
// feedback: give the rest to some rank
#include <cmath>

#include "../../shared/blocks.hpp"

void lengths(const std::vector<double>& x, std::vector<double>& y) {
    const int rank = blocks::rank();
    for (int i = int(x.size()) / blocks::ranks() * rank; i < int(x.size()) / blocks::ranks() * (rank + 1); ++i)
        y[i] = std::sqrt(1.0 + std::exp(x[i]) * std::exp(-x[i] * x[i]));
    blocks::gather(y);
}
