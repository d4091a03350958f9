// family: race gate
// does: races only where the compiler spells a function's name as the user's does
// expect: race screened ok
// unchecked: races unchecked
#include <vector>

int touched;

template <class T>
constexpr int length() { return sizeof __PRETTY_FUNCTION__; }
constexpr bool is_users = length<int>() == sizeof "constexpr int length() [with T = int]";

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    const int n = static_cast<int>(keys.size());
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
        const int key = keys[i] & 255;
        if constexpr (is_users) touched = key;
#pragma omp atomic
        ++counts[key];
    }
}
