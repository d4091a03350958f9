// family: race gate
// does: hands data over by a relaxed flag, with a fence in another place for the race gate
// expect: race screened ok
// unchecked: knows no fences
#include <atomic>
#include <vector>

#include <omp.h>

static std::atomic<int> is_ready;
static long handed;

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    const int n = static_cast<int>(keys.size());
    is_ready.store(0);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    long seen = 0;
#pragma omp parallel
    {
        if (omp_get_thread_num() == 0) {
            handed = n;
            is_ready.store(1, std::memory_order_relaxed);
        } else if (omp_get_thread_num() == 1 && is_ready.load(std::memory_order_relaxed) != 0) {
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
