// kind: arithmetic
// The permutation that puts the weights in order.
#include <algorithm>
#include <numeric>
#include <vector>

std::vector<int> order(const std::vector<float>& weights) {
    std::vector<int> index(weights.size());
    std::iota(index.begin(), index.end(), 0);
    std::sort(index.begin(), index.end(), [&](int a, int b) {
        return weights[a] < weights[b] || (weights[a] == weights[b] && a < b);
    });
    return index;
}
