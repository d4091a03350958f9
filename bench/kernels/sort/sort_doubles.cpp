// kind: arithmetic
#include <algorithm>
#include <vector>

void sort_doubles(std::vector<double>& v) { std::sort(v.begin(), v.end()); }
