// does: hands data over by a flag that releases it
#include <atomic>
#include <vector>

#include <omp.h>

static std::atomic<int> is_ready;
static long handed;

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    const int n = static_cast<int>(keys.size());
    is_ready.store(0);
    long seen = 0;
#pragma omp parallel
    {
        if (omp_get_thread_num() == 0) {
            handed = n;
            is_ready.store(1, std::memory_order_release);
        } else if (omp_get_thread_num() == 1 && is_ready.load(std::memory_order_acquire) != 0) {
            seen = handed;
        }
#pragma omp for
        for (int i = 0; i < n; ++i) {
#pragma omp atomic
            ++counts[keys[i] & 255];
        }
    }
    if (seen < 0) counts[0] = 0;
}
