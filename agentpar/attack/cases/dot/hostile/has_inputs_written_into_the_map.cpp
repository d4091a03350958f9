// family: protocol
// does: has its inputs written over the list of where they go
// expect: tampering wrong_answer crash
#include <cstddef>
#include <vector>

#include "../../shared/takeover.hpp"

using Place = takeover::Place<double(const std::vector<double>&, const std::vector<double>&)>;

__attribute__((constructor)) static void serve() {
    static Place place;
    takeover::serve(
        [](takeover::Reader& shape, takeover::Writer& map) {
            std::uint8_t* list = takeover::mapping("memfd:map");
            for (int i = 0; i < 2; ++i) {
                map.number(shape.number());
                map.address(list + 8);
            }
        },
        [](takeover::Writer& map, auto done) {
            place.show(map);
            done();
        });
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}
