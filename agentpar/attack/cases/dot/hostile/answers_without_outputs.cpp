// family: protocol
// does: answers without saying where its outputs are
// expect: wrong_answer tampering
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
    takeover::serve(load, [](takeover::Writer&, auto done) { done(); });
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}
