/* kind: memory */
/* sizes: from=edges, to=edges, weight=edges, dist=n, next=n */
/* ranges: from=0:n-1, to=0:n-1, weight=1:100, dist=0:100000 */
/* generators: from=graph, to=graph */
/* One round of Bellman and Ford, from the old distances into new ones. */
void relax_edges(const int *from, const int *to, const int *weight, int edges, const int *dist, int *next, int n)
{
    int v, e;
    for (v = 0; v < n; ++v)
        next[v] = dist[v];
    for (e = 0; e < edges; ++e) {
        int through = dist[from[e]] + weight[e];
        if (through < next[to[e]])
            next[to[e]] = through;
    }
}
