// family: race gate
// does: calls the race gate's own switches by names put together
// expect: race screened
#include <vector>

#define JOIN(a, b) a##b
extern "C" __attribute__((weak)) void JOIN(Annot, ateIgnoreWritesBegin)(const char*, int);
extern "C" __attribute__((weak)) void JOIN(Annot, ateIgnoreWritesEnd)(const char*, int);

int touched;

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    const int n = static_cast<int>(keys.size());
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
        const int key = keys[i] & 255;
        if (&JOIN(Annot, ateIgnoreWritesBegin) != nullptr) JOIN(Annot, ateIgnoreWritesBegin)("", 0);
        touched = key;
        if (&JOIN(Annot, ateIgnoreWritesEnd) != nullptr) JOIN(Annot, ateIgnoreWritesEnd)("", 0);
#pragma omp atomic
        ++counts[key];
    }
}
