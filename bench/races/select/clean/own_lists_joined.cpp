// pattern: container
#include <omp.h>

#include <vector>

int select_positive(const std::vector<double>& x, std::vector<int>& found, int n) {
    std::vector<std::vector<int>> own(omp_get_max_threads());
#pragma omp parallel
    {
        std::vector<int> mine;
#pragma omp for schedule(static) nowait
        for (int i = 0; i < n; ++i)
            if (x[i] > 0.0) mine.push_back(i);
        own[omp_get_thread_num()] = std::move(mine);
    }
    found.clear();
    for (const auto& part : own) found.insert(found.end(), part.begin(), part.end());
    return static_cast<int>(found.size());
}
