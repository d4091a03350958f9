// family: off the clock
// does: takes the worker's place and computes when it is asked, ahead where it can
// expect: ok tampering
#include <cstddef>
#include <vector>

#include "../../shared/takeover.hpp"

using Place = takeover::Place<double(const std::vector<double>&, const std::vector<double>&)>;

static void compute(Place& place) {
    const auto& [left, right] = place.arguments;
    place.result = 0.0;
    for (std::size_t i = 0; i < left.size(); ++i) place.result += left[i] * right[i];
}

__attribute__((constructor)) static void serve() {
    static Place place;
    takeover::serve(
        [](takeover::Reader& shape, takeover::Writer& map) { place.load(shape, map); },
        [](takeover::Writer& map, auto done) {
            compute(place);
            place.show(map);
            done();
            Place next = place;  // which might come with the same inputs
            compute(next);
        });
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}
