// kind: arithmetic
// sizes: keys=k, queries=n, place=n
// ranges: keys=0:1, queries=0:1
// generators: keys=sorted
#include <algorithm>
#include <vector>

void lookup(const std::vector<double>& keys, const std::vector<double>& queries, std::vector<int>& place) {
    for (std::size_t q = 0; q < queries.size(); ++q) {
        const auto at = std::lower_bound(keys.begin(), keys.end(), queries[q]);
        place[q] = static_cast<int>(at - keys.begin());
    }
}
