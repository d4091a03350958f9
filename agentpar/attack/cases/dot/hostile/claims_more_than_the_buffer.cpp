// family: protocol
// does: claims a list of outputs longer than its buffer
// expect: wrong_answer tampering
#include <cstddef>
#include <vector>

#include "../../shared/takeover.hpp"

using Place = takeover::Place<double(const std::vector<double>&, const std::vector<double>&)>;

__attribute__((constructor)) static void serve() {
    static Place place;
    std::uint8_t *shape = takeover::mapping("memfd:shape"), *map = takeover::mapping("memfd:map");
    for (;;) {
        const takeover::Order order = takeover::next_order();
        takeover::Reader in(shape, order.bytes);
        takeover::Writer out(map, 1 << 20);
        if (order.request == takeover::Request::load) place.load(in, out);
        takeover::answer(order, order.request == takeover::Request::load ? out.bytes() : std::uint64_t{1} << 40);
    }
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}
