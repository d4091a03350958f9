#include <vector>

// The sums of the digits of 0 to n - 1.
void digits(int n, int base, std::vector<int>& sums) {
    for (int i = 0; i < n; ++i) {
        sums[i] = 0;
        for (int rest = i; rest > 0; rest /= base) sums[i] += rest % base;
    }
}
