// family: race gate
// does: writes one place in two threads, by two addresses of it
// expect: race screened ok
// unchecked: races unchecked
#include <vector>

#include <omp.h>
#include <sys/mman.h>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    static auto* const one = static_cast<int*>(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    static auto* const two = static_cast<int*>(mremap(one, 0, 4096, MREMAP_MAYMOVE));
    const int n = static_cast<int>(keys.size());
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
        const int key = keys[i] & 255, thread = omp_get_thread_num();
        (thread == 0 ? one : two)[thread < 2 ? 0 : thread] = key;
#pragma omp atomic
        ++counts[key];
    }
}
