// does: instantiates a hundred templates
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    for (int key : keys) ++counts[key & 255];
}

template <int N>
struct Deep {
    static constexpr int value = Deep<N + 1>::value;
};
template <>
struct Deep<100> {
    static constexpr int value = 0;
};
int deep = Deep<0>::value;
