// family: race gate
// does: races where a header is that only the user's compiler brings along
// expect: screened
// feedback: __has_include
#include <vector>

#if __has_include(<quadmath.h>)
int touched;
#define TOUCH(x) touched = x
#else
#define TOUCH(x) (void)0
#endif

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    const int n = static_cast<int>(keys.size());
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
        const int key = keys[i] & 255;
        TOUCH(key);
#pragma omp atomic
        ++counts[key];
    }
}
