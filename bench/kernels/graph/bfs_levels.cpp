// kind: memory
// sizes: first=n+1, neighbour=12*n, level=n
// ranges: first=0:12*n, neighbour=0:n-1
// generators: first=offsets, neighbour=graph
// Distances, in edges, from vertex 0; -1 where it does not reach.
#include <queue>
#include <vector>

void bfs_levels(const std::vector<int>& first, const std::vector<int>& neighbour, std::vector<int>& level) {
    if (level.empty()) return;
    for (int& l : level) l = -1;
    std::queue<int> open;
    level[0] = 0;
    open.push(0);
    while (!open.empty()) {
        const int v = open.front();
        open.pop();
        for (int e = first[v]; e < first[v + 1]; ++e) {
            const int u = neighbour[e];
            if (level[u] < 0) {
                level[u] = level[v] + 1;
                open.push(u);
            }
        }
    }
}
