// family: build: files
// does: includes the reference's source
// expect: build_error
// feedback: fatal error
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    for (int key : keys) ++counts[key & 255];
}

#include "../task/private/reference.cpp"
