// kind: memory
// sizes: edges=m, weight=m, side=n
// ranges: edges=0:n-1, side=0:1
// generators: edges=graph
// The weight of the edges between the two sides of a cut.
#include <utility>
#include <vector>

double cut_weight(const std::vector<std::pair<int, int>>& edges, const std::vector<double>& weight,
                  const std::vector<int>& side) {
    double total = 0;
    for (auto it = edges.begin(); it != edges.end(); ++it)
        if (side[it->first] != side[it->second]) total += weight[it - edges.begin()];
    return total;
}
