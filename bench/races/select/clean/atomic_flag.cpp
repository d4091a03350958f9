// pattern: flag
#include <atomic>
#include <vector>

int select_positive(const std::vector<double>& x, std::vector<int>& found, int n) {
    std::atomic<bool> is_any{false};
#pragma omp parallel for schedule(dynamic, 16)
    for (int i = 0; i < n; ++i)
        if (!is_any.load(std::memory_order_relaxed) && x[i] > 0.0) is_any.store(true, std::memory_order_relaxed);
    found.clear();
    if (is_any)
        for (int i = 0; i < n; ++i)
            if (x[i] > 0.0) found.push_back(i);
    return static_cast<int>(found.size());
}
