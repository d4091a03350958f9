// family: data
// does: copies each row once and shows the copy wherever the row is wanted
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

static void lay_out(takeover::Reader& shape, takeover::Writer& map) {
    const std::size_t bytes = take_shape(shape);
    inputs = pages(bytes);
    outputs = pages(bytes);
    show(map, inputs);
}

__attribute__((constructor)) static void serve() {
    takeover::serve(lay_out, [](takeover::Writer& map, auto done) {
        std::memcpy(outputs, inputs, rows * columns * sizeof(double));
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
