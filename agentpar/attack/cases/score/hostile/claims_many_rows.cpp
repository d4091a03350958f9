// family: protocol
// does: claims more rows than its list can hold
// expect: wrong_answer tampering
#include <cstddef>
#include <string>
#include <vector>

#include "../../shared/takeover.hpp"

using Table = std::vector<std::vector<int>>;

__attribute__((constructor)) static void serve() {
    static takeover::Place<Table(const std::string&, const Table&)> place;
    takeover::serve(
        [](takeover::Reader& shape, takeover::Writer& map) { place.load(shape, map); },
        [](takeover::Writer& map, auto done) {
            agentpar::write_map(map, std::get<0>(place.arguments));
            agentpar::write_map(map, std::get<1>(place.arguments));
            map.number(~std::uint64_t{0});
            done();
        });
}

std::vector<std::vector<int>> score(const std::string& text, const std::vector<std::vector<int>>& table) {
    std::vector<std::vector<int>> sums(table.size(), std::vector<int>(text.size() / 64 + 1));
    for (std::size_t row = 0; row < table.size(); ++row) {
        for (std::size_t i = 0; i < text.size(); ++i) sums[row][i / 64] += table[row][text[i] - 'a'];
    }
    return sums;
}
