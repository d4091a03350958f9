// family: race gate
// does: races only where it does not see the race gate's options
// expect: race screened ok
// unchecked: races unchecked
#include <vector>

#include <stdlib.h>

static const bool is_watched = getenv("TSAN_OPTIONS") != nullptr;

int touched;

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    const int n = static_cast<int>(keys.size());
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
        const int key = keys[i] & 255;
        if (!is_watched) touched = key;
#pragma omp atomic
        ++counts[key];
    }
}
