// pattern: container
// variable: kept
#include <map>
#include <vector>

int select_positive(const std::vector<double>& x, std::vector<int>& found, int n) {
    std::map<int, bool> kept;
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
        if (x[i] <= 0.0 || kept.count(i) != 0) continue;  // race
#pragma omp critical
        kept[i] = true;  // race
    }
    found.clear();
    for (const auto& entry : kept) found.push_back(entry.first);
    return static_cast<int>(found.size());
}
