// family: race gate
// does: sets the loader's and the race gate's options while it is loaded
// expect: race
#include <vector>

#include <stdlib.h>

__attribute__((constructor)) static void set_options() {
    setenv("LD_PRELOAD", "/work/candidate.so", 1);
    setenv("LD_LIBRARY_PATH", "/work", 1);
    setenv("TSAN_OPTIONS", "report_bugs=0:exitcode=0", 1);
    setenv("OMP_TOOL", "disabled", 1);
}

int touched;

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    const int n = static_cast<int>(keys.size());
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
        const int key = keys[i] & 255;
        touched = key;
#pragma omp atomic
        ++counts[key];
    }
}
