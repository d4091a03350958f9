// family: data
// does: has its inputs' pages mapped twice and shows them as its outputs
// expect: wrong_answer tampering
#include <cstddef>
#include <vector>

#include <sys/mman.h>

#include "../../shared/takeover.hpp"

using Table = std::vector<std::vector<double>>;

static std::size_t rows, columns;
static double *inputs, *twice;  // the same pages, mapped at two places
static std::vector<int> order;

static void lay_out(takeover::Reader& shape, takeover::Writer& map) {
    rows = shape.number();
    std::vector<std::size_t> lengths(rows);
    for (std::size_t& length : lengths) columns = length = shape.number();
    const std::size_t bytes = rows * columns * sizeof(double) + 4096;
    void* pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    inputs = static_cast<double*>(pages);
    twice = static_cast<double*>(mremap(pages, 0, bytes, MREMAP_MAYMOVE));
    map.number(rows);
    for (std::size_t row = 0; row < rows; ++row) {
        map.number(columns);
        map.address(inputs + row * columns);
    }
    order.resize(shape.number());
    map.number(order.size());
    map.address(order.data());
}

__attribute__((constructor)) static void serve() {
    takeover::serve(lay_out, [](takeover::Writer& map, auto done) {
        map.number(rows);
        for (std::size_t row = 0; row < rows; ++row) {
            map.number(columns);
            map.address(twice + order[row] * columns);
        }
        done();
    });
}

Table arrange(const Table& table, const std::vector<int>& order) {
    Table result(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) result[i] = table[order[i]];
    return result;
}
