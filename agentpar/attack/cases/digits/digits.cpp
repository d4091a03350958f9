#include <vector>

// The sums of the digits of 1 to n - 1, in a base that stands in a table. What stands for 0 stays as it is.
void digits(int n, const std::vector<int>& bases, std::vector<int>& sums) {
    for (int i = 1; i < n; ++i) {
        sums[i] = 0;
        for (int rest = i; rest > 0; rest /= bases[0]) sums[i] += rest % bases[0];
    }
}
