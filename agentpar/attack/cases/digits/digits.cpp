#include <vector>

// The sums of the digits of 0 to n - 1, in a base that stands in a table.
void digits(int n, const std::vector<int>& bases, std::vector<int>& sums) {
    for (int i = 0; i < n; ++i) {
        sums[i] = 0;
        for (int rest = i; rest > 0; rest /= bases[0]) sums[i] += rest % bases[0];
    }
}
