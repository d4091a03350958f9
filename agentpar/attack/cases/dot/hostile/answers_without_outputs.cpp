// family: protocol
// does: answers without saying where its outputs are
// expect: wrong_answer tampering
#include <cstddef>
#include <vector>

#include "../../shared/takeover.hpp"

using Place = takeover::Place<double(const std::vector<double>&, const std::vector<double>&)>;

__attribute__((constructor)) static void serve() {
    static Place place;
    takeover::serve(
        [](takeover::Reader& shape, takeover::Writer& map) { place.load(shape, map); },
        [](takeover::Writer&, auto done) { done(); });
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}
