// pattern: container
// variable: found
#include <algorithm>
#include <mutex>
#include <vector>

int select_positive(const std::vector<double>& x, std::vector<int>& found, int n) {
    found.clear();
    std::mutex mutex;
#pragma omp parallel for
    for (int i = 0; i < n; ++i)
        if (x[i] > 0.0 && found.size() < 1u << 30) {  // race
            const std::lock_guard<std::mutex> held(mutex);
            found.push_back(i);  // race
        }
    std::sort(found.begin(), found.end());
    return static_cast<int>(found.size());
}
