// does: asks how the compiler spells a function's name
#include <vector>

template <class T>
constexpr int length() { return sizeof __PRETTY_FUNCTION__; }
static_assert(length<int>() > 10);

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    const int n = static_cast<int>(keys.size());
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
        const int key = keys[i] & 255;
        const int touched = key;
        (void)touched;
#pragma omp atomic
        ++counts[key];
    }
}
