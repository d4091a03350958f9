// does: sets an option of its own while it is loaded
#include <vector>

#include <stdlib.h>

__attribute__((constructor)) static void set_options() { setenv("OWN_OPTION", "1", 1); }

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
