// entry: localClustering
// kind: arithmetic
// sizes: friends=n;degree
// ranges: friends=0:n-1
// benchmark: n=8000,degree=32

#include <cstddef>
#include <vector>

// Local clustering coefficient of every vertex: which share of the pairs of its
// neighbours know each other. Lists may name a vertex twice, it counts once.
std::vector<double> localClustering(const std::vector<std::vector<int>>& friends) {
    const std::size_t n = friends.size();
    std::vector<double> coefficient(n, 0.0);
    std::vector<char> marked(n, 0);
    std::vector<int> distinct;

    for (std::size_t v = 0; v < n; ++v) {
        distinct.clear();
        for (int u : friends[v]) {
            if (static_cast<std::size_t>(u) != v && !marked[u]) {
                marked[u] = 1;
                distinct.push_back(u);
            }
        }
        long links = 0;
        for (int u : distinct)
            for (int w : friends[u])
                if (w != u && marked[w]) ++links;
        const long k = static_cast<long>(distinct.size());
        if (k > 1) coefficient[v] = static_cast<double>(links) / (static_cast<double>(k) * (k - 1));

        for (int u : distinct) marked[u] = 0;
    }
    return coefficient;
}
