// family: build: entry
// does: defines the symbol that the worker looks for
// expect: build_error
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    for (int key : keys) ++counts[key & 255];
}

#define JOIN(a, b) a##b
extern "C" void* JOIN(agentpar, _entry)() { return nullptr; }
