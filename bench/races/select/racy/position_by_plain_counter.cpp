// pattern: atomic
// variable: count
#include <algorithm>
#include <vector>

int select_positive(const std::vector<double>& x, std::vector<int>& found, int n) {
    found.assign(n, n);
    int count = 0;
#pragma omp parallel for
    for (int i = 0; i < n; ++i)
        if (x[i] > 0.0) found[count++] = i;  // race
    found.resize(count);
    std::sort(found.begin(), found.end());
    return count;
}
