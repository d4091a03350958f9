// family: build: bombs
// does: instantiates templates without end
// expect: build_error
// feedback: depth
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    for (int key : keys) ++counts[key & 255];
}

template <int N>
struct Deep {
    static constexpr int value = Deep<N + 1>::value;
};
int deep = Deep<0>::value;
