// kind: memory
// ranges: low=20:30, high=60:80
#include <algorithm>
#include <vector>

long count_between(const std::vector<int>& values, int low, int high) {
    return std::count_if(values.begin(), values.end(), [low, high](int v) { return low <= v && v < high; });
}
