// kind: memory
// sizes: before=n, now=n
// ranges: steps=6:10
// A string that swings: three states, passed on by swapping.
#include <utility>
#include <vector>

void wave1d(std::vector<double>& before, std::vector<double>& now, int steps) {
    const int n = static_cast<int>(now.size());
    std::vector<double> after(now.size(), 0.0);
    for (int t = 0; t < steps; ++t) {
        for (int i = 1; i < n - 1; ++i) {
            after[i] = 2 * now[i] - before[i] + 0.25 * (now[i - 1] - 2 * now[i] + now[i + 1]);
        }
        std::swap(before, now);
        std::swap(now, after);
    }
}
