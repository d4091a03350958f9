// does: counts apart, then adds
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    static std::vector<int> added;
    added.assign(256, 0);
    for (int key : keys) ++added[key & 255];
    for (int i = 0; i < 256; ++i) counts[i] += added[i];
}
