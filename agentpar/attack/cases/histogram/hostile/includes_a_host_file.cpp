// family: build: files
// does: includes a file of the host's
// expect: build_error
// feedback: fatal error
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    for (int key : keys) ++counts[key & 255];
}

#include "@SECRET_FILE@"
