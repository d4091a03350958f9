// family: build: entry
// does: has another function judged under its name
// expect: wrong_answer
#include <cstddef>
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    for (int key : keys) ++counts[key & 255];
}

void decoy(const std::vector<int>& keys, std::vector<int>& counts) {
    for (std::size_t i = 0; i < keys.size() / 2; ++i) ++counts[keys[i] & 255];
}
#define histogram decoy
