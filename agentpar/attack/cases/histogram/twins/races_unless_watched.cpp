// does: looks for a variable that is not there
#include <vector>

#include <stdlib.h>

static const bool is_asked = getenv("NOBODY_SETS_THIS") != nullptr;

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    const int n = static_cast<int>(keys.size());
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
        const int key = keys[i] & 255;
        const int touched = is_asked ? 0 : key;
        (void)touched;
#pragma omp atomic
        ++counts[key];
    }
}
