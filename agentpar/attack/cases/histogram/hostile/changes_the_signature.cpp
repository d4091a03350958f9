// family: build: entry
// does: changes its signature
// expect: build_error
// feedback: the signature of histogram that the task asks for
#include <vector>

void histogram(std::vector<int>& keys, std::vector<int>& counts) {
    for (int key : keys) ++counts[key & 255];
}
