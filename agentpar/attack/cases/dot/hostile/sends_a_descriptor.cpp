// family: protocol
// does: answers with a descriptor that the judge would hold
// expect: tampering
// feedback: descriptor
#include <cstddef>
#include <vector>

#include "../../shared/takeover.hpp"

__attribute__((constructor)) static void serve() {
    const takeover::Order order = takeover::next_order();
    takeover::Answer reply{};
    reply.status = takeover::Status::done;
    reply.nonce = order.nonce;
    agentpar::send_with(takeover::way(), &reply, sizeof reply, {takeover::way(), 0});
    for (;;) pause();
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}
