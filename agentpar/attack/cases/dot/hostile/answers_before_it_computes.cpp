// family: off the clock
// does: takes the worker's place, answers at once and computes afterwards
// expect: wrong_answer
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
            place.show(map);
            done();
            compute(place);
        });
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}
