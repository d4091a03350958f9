// pattern: container
#include <algorithm>
#include <vector>

int select_positive(const std::vector<double>& x, std::vector<int>& found, int n) {
    found.clear();
#pragma omp parallel for
    for (int i = 0; i < n; ++i)
        if (x[i] > 0.0) {
#pragma omp critical
            found.push_back(i);
        }
    std::sort(found.begin(), found.end());
    return static_cast<int>(found.size());
}
