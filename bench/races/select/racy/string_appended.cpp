// pattern: container
// variable: marks
#include <algorithm>
#include <string>
#include <vector>

int select_positive(const std::vector<double>& x, std::vector<int>& found, int n) {
    std::string marks;
    marks.reserve(n);
    found.clear();
#pragma omp parallel for
    for (int i = 0; i < n; ++i)
        if (x[i] > 0.0) marks += '+';  // race
    for (int i = 0; i < n; ++i)
        if (x[i] > 0.0) found.push_back(i);
    return static_cast<int>(found.size());
}
