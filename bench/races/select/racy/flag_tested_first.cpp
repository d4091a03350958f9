// pattern: flag
// variable: is_any
#include <vector>

static bool is_any;

int select_positive(const std::vector<double>& x, std::vector<int>& found, int n) {
    is_any = false;
#pragma omp parallel for schedule(dynamic, 16)
    for (int i = 0; i < n; ++i)
        if (!is_any && x[i] > 0.0) is_any = true;  // race
    found.clear();
    if (is_any)
        for (int i = 0; i < n; ++i)
            if (x[i] > 0.0) found.push_back(i);
    return static_cast<int>(found.size());
}
