// does: expands a macro to 256 numbers
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    for (int key : keys) ++counts[key & 255];
}

#define A(x) x x x x x x x x x x x x x x x x
int many = 0 A(A(+ 1));
