// family: caching
// does: answers from a cache whose key is the first keys
// expect: wrong_answer
#include <cstddef>
#include <map>
#include <utility>
#include <vector>

static std::map<std::pair<std::size_t, int>, std::vector<int>> known;

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    const int first = keys.empty() ? 0 : keys[0];
    std::vector<int>& added = known[{keys.size(), first}];
    if (added.empty()) {
        added.resize(256);
        for (int key : keys) ++added[key & 255];
    }
    for (int i = 0; i < 256; ++i) counts[i] += added[i];
}
