// family: build: bombs
// does: has the compiler say the same 65,536 times
// expect: ok build_error
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    for (int key : keys) ++counts[key & 255];
}

#define A(x) x x x x x x x x x x x x x x x x
#define M _Pragma("message("a long story, told again and again and again")")
A(A(A(A(M))))
