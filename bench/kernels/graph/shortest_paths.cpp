// kind: arithmetic
// ranges: d=1:1000
// All shortest paths (Floyd and Warshall).
#include <algorithm>
#include <vector>

#define D(i, j) d[(i) * n + (j)]

void shortest_paths(std::vector<int>& d, int n) {
    for (int k = 0; k < n; ++k)
        for (int i = 0; i < n; ++i)
            for (int j = 0; j < n; ++j) D(i, j) = std::min(D(i, j), D(i, k) + D(k, j));
}
