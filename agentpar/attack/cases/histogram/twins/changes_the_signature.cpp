// does: spells its signature otherwise
#include <vector>

void histogram(std::vector<int> const& keys, std::vector<int>& counts) {
    for (int key : keys) ++counts[key & 255];
}
