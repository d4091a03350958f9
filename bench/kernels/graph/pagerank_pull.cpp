// kind: memory
// sizes: rank=n, old=n, out_degree=n
// ranges: out_degree=1:9
// generators: source=graph
// One round of PageRank: each page gathers from those that link to it.
#include <vector>

void pagerank_pull(const std::vector<int>& first, const std::vector<int>& source, const std::vector<double>& old,
                   const std::vector<int>& out_degree, std::vector<double>& rank) {
    const auto n = rank.size();
    for (std::size_t page = 0; page < n; ++page) {
        double sum = 0.0;
        for (int link = first[page]; link < first[page + 1]; ++link) {
            sum += old[source[link]] / out_degree[source[link]];
        }
        rank[page] = 0.15 / n + 0.85 * sum;
    }
}
