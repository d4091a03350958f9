// family: build: bombs
// does: expands a macro to more than memory
// expect: build_error
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    for (int key : keys) ++counts[key & 255];
}

#define A(x) x x x x x x x x x x x x x x x x
#define B(x) A(A(A(A(x))))
int many = 0 B(B(+ 1));
