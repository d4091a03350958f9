// pattern: flag
#include <vector>

int select_positive(const std::vector<double>& x, std::vector<int>& found, int n) {
    int first = n;
#pragma omp parallel for reduction(min : first)
    for (int i = 0; i < n; ++i) {
        if (x[i] > 0.0 && i < first) first = i;
#pragma omp cancellation point for
    }
    found.clear();
    for (int i = first; i < n; ++i)
        if (x[i] > 0.0) found.push_back(i);
    return static_cast<int>(found.size());
}
