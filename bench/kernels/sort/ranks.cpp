// kind: arithmetic
// sizes: v=n, rank=n
// The place that each value would have in order; of equal values the first comes first.
#include <vector>

void ranks(const std::vector<int>& v, std::vector<int>& rank) {
    for (std::size_t i = 0; i < v.size(); ++i) {
        int before = 0;
        for (std::size_t j = 0; j < v.size(); ++j) {
            if (v[j] < v[i] || (v[j] == v[i] && j < i)) ++before;
        }
        rank[i] = before;
    }
}
