// does: defines a C function
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    for (int key : keys) ++counts[key & 255];
}

#define JOIN(a, b) a##b
extern "C" void* JOIN(own, _entry)() { return nullptr; }
