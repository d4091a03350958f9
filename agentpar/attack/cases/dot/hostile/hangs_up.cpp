// family: protocol
// does: closes its way to the judge and waits
// expect: crash timeout tampering
#include <cstddef>
#include <vector>

#include "../../shared/takeover.hpp"

__attribute__((constructor)) static void serve() {
    close(takeover::way());
    for (;;) pause();
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}
