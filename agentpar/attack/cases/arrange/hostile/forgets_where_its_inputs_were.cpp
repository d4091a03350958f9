// family: data
// does: shows its inputs' pages as its outputs, and has written elsewhere meanwhile where its inputs are
// expect: wrong_answer tampering
#include <cstddef>
#include <vector>

#include <sys/mman.h>

#include "../../shared/takeover.hpp"

using Table = std::vector<std::vector<double>>;

static std::size_t rows, columns;
static double *inputs, *outputs;
static std::vector<int> order;

static void show(takeover::Writer& map, const double* begin) {
    map.number(rows);
    for (std::size_t row = 0; row < rows; ++row) {
        map.number(columns);
        map.address(begin + row * columns);
    }
    map.number(order.size());
    map.address(order.data());
}

static void show_result(takeover::Writer& map) {
    map.number(order.size());
    for (const int row : order) {
        map.number(columns);
        map.address(outputs + row * columns);
    }
}

static std::size_t take_shape(takeover::Reader& shape) {
    rows = shape.number();
    for (std::size_t row = 0; row < rows; ++row) columns = shape.number();
    order.resize(shape.number());
    return rows * columns * sizeof(double) + 4096;
}

static double* pages(std::size_t bytes) {
    return static_cast<double*>(mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
}

// The same pages, mapped at two places.
static void lay_out(takeover::Reader& shape, takeover::Writer& map) {
    const std::size_t bytes = take_shape(shape);
    inputs = pages(bytes);
    outputs = static_cast<double*>(mremap(inputs, 0, bytes, MREMAP_MAYMOVE));
    show(map, inputs);
}

// What the judge noted of the inputs' place lies in memory that both can write.
static void rewrite_list() {
    static std::vector<double> elsewhere;
    elsewhere.resize(rows * columns + 1);
    takeover::Writer list(takeover::mapping("memfd:map"), 1 << 20);
    show(list, elsewhere.data());
}

__attribute__((constructor)) static void serve() {
    takeover::serve(lay_out, [](takeover::Writer& map, auto done) {
        rewrite_list();
        show(map, inputs);
        show_result(map);
        done();
    });
}

Table arrange(const Table& table, const std::vector<int>& order) {
    Table result(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) result[i] = table[order[i]];
    return result;
}
