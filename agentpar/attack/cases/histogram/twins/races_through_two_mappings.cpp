// does: writes a place of each thread's own by one address of it
#include <vector>

#include <omp.h>
#include <sys/mman.h>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    static auto* const one = static_cast<int*>(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    const int n = static_cast<int>(keys.size());
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
        const int key = keys[i] & 255, thread = omp_get_thread_num();
        one[thread] = key;
#pragma omp atomic
        ++counts[key];
    }
}
