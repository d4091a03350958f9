// pattern: false sharing
#include <vector>

int select_positive(const std::vector<double>& x, std::vector<int>& found, int n) {
    std::vector<char> is_positive(n);
#pragma omp parallel for schedule(static, 1)
    for (int i = 0; i < n; ++i) is_positive[i] = x[i] > 0.0;
    found.clear();
    for (int i = 0; i < n; ++i)
        if (is_positive[i] != 0) found.push_back(i);
    return static_cast<int>(found.size());
}
