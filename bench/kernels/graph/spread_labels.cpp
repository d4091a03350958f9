// kind: memory
// sizes: neighbours=n;degree, label=n, next=n
// generators: neighbours=graph
// Every vertex takes the smallest label among its own and its neighbours'; returns how many changed.
#include <algorithm>
#include <vector>

int spread_labels(const std::vector<std::vector<int>>& neighbours, const std::vector<int>& label,
                  std::vector<int>& next) {
    int changed = 0;
    for (std::size_t v = 0; v < neighbours.size(); ++v) {
        int least = label[v];
        for (int u : neighbours[v]) least = std::min(least, label[u]);
        if (least != label[v]) ++changed;
        next[v] = least;
    }
    return changed;
}
