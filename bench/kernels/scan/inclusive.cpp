// kind: memory
#include <cstdint>
#include <numeric>
#include <vector>

std::vector<std::int64_t> inclusive(const std::vector<std::int64_t>& v) {
    std::vector<std::int64_t> sums(v.size());
    std::inclusive_scan(v.begin(), v.end(), sums.begin());
    return sums;
}
