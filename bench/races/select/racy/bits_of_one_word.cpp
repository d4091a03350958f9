// pattern: vector<bool>
// variable: is_positive[i]|is_positive
#include <vector>

int select_positive(const std::vector<double>& x, std::vector<int>& found, int n) {
    std::vector<bool> is_positive(n);
#pragma omp parallel for schedule(static, 8)
    for (int i = 0; i < n; ++i) is_positive[i] = x[i] > 0.0;  // race
    found.clear();
    for (int i = 0; i < n; ++i)
        if (is_positive[i]) found.push_back(i);
    return static_cast<int>(found.size());
}
