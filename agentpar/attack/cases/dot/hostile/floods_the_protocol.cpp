// family: protocol
// does: sends messages of the wrong size as fast as it can
// expect: tampering
// feedback: wrong size
#include <cstddef>
#include <vector>

#include "../../shared/takeover.hpp"

__attribute__((constructor)) static void serve() {
    char junk[4000] = {};
    while (send(takeover::way(), junk, sizeof junk, MSG_DONTWAIT) > 0) {}
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}
