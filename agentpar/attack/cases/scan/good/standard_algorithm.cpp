// does: uses the standard library's scan
#include <cstddef>
#include <numeric>
#include <vector>

void scan(std::vector<int>& values) { std::inclusive_scan(values.begin(), values.end(), values.begin()); }
