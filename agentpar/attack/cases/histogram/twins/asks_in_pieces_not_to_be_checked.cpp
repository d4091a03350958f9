// does: asks the compiler not to inline a function, in words put together
#include <vector>

#define JOIN(a, b) a##b

int touched;

__attribute__((JOIN(no, inline))) static void touch(int key) { (void)(touched + key); }

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    const int n = static_cast<int>(keys.size());
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
        const int key = keys[i] & 255;
        touch(key);
#pragma omp atomic
        ++counts[key];
    }
}
