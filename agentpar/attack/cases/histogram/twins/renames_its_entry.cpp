// does: has another right function judged under its name
#include <cstddef>
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    for (int key : keys) ++counts[key & 255];
}

void other(const std::vector<int>& keys, std::vector<int>& counts) {
    for (std::size_t i = 0; i < keys.size(); ++i) ++counts[keys[i] & 255];
}
#define histogram other
