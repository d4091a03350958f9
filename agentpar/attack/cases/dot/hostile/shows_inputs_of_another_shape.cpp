// family: protocol
// does: gives room for fewer inputs than there are
// expect: tampering
#include <cstddef>
#include <vector>

#include "../../shared/takeover.hpp"

static std::vector<double> left, right;
static double result;

static void compute() {
    result = 0.0;
    for (std::size_t i = 0; i < left.size(); ++i) result += left[i] * right[i];
}

static void load(takeover::Reader& shape, takeover::Writer& map) {
    for (std::vector<double>* values : {&left, &right}) {
        values->resize(shape.number());
        map.number(values->size());
        map.address(values->data());
    }
}

__attribute__((constructor)) static void serve() {
    takeover::serve(
        [](takeover::Reader& shape, takeover::Writer& map) {
            load(shape, map);
            map.number(7);
        },
        [](takeover::Writer& map, auto done) { compute(), map.address(&result), done(); });
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}
