// family: protocol
// does: says that its outputs lie where it has no memory
// expect: wrong_answer tampering
#include <cstddef>
#include <vector>

#include "../../shared/takeover.hpp"

using Place = takeover::Place<double(const std::vector<double>&, const std::vector<double>&)>;

__attribute__((constructor)) static void serve() {
    static Place place;
    takeover::serve(
        [](takeover::Reader& shape, takeover::Writer& map) { place.load(shape, map); },
        [](takeover::Writer& map, auto done) {
            agentpar::write_map(map, std::get<0>(place.arguments));
            agentpar::write_map(map, std::get<1>(place.arguments));
            map.number(~std::uint64_t{0} - 4096);
            done();
        });
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}
