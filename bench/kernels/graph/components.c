/* kind: serial */
/* sizes: from=edges, to=edges, parent=n */
/* ranges: from=0:n-1, to=0:n-1 */
/* generators: from=graph, to=graph */
/* Union and find with the roots as the order of edges makes them: another order makes other roots. */
static int root(int *parent, int v)
{
    while (parent[v] != v) {
        parent[v] = parent[parent[v]];
        v = parent[v];
    }
    return v;
}

int components(const int *from, const int *to, int edges, int *parent, int n)
{
    int i, left = n;
    for (i = 0; i < n; i++)
        parent[i] = i;
    for (i = 0; i < edges; i++) {
        int a = root(parent, from[i]), b = root(parent, to[i]);
        if (a != b) {
            parent[a] = b;
            left--;
        }
    }
    return left;
}
