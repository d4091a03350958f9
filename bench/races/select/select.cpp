#include <vector>

int select_positive(const std::vector<double>& x, std::vector<int>& found, int n) {
    found.clear();
    for (int i = 0; i < n; ++i)
        if (x[i] > 0.0) found.push_back(i);
    return static_cast<int>(found.size());
}
