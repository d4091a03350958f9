// family: protocol
// does: gives addresses that it does not have for its inputs
// expect: tampering wrong_answer
#include <cstddef>
#include <vector>

#include "../../shared/takeover.hpp"

__attribute__((constructor)) static void serve() {
    takeover::serve(
        [](takeover::Reader& shape, takeover::Writer& map) {
            for (int i = 0; i < 2; ++i) {
                map.number(shape.number());
                map.number(0xffff800000000000 + i);
            }
        },
        [](takeover::Writer&, auto done) { done(); });
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}
