// family: protocol
// does: sends answers before it is asked
// expect: tampering
// feedback: nobody asked for
#include <cstddef>
#include <vector>

#include "../../shared/takeover.hpp"

__attribute__((constructor)) static void serve() {
    takeover::Answer early{};
    early.status = takeover::Status::done;
    for (int i = 0; i < 8; ++i) send(takeover::way(), &early, sizeof early, MSG_DONTWAIT);
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}
