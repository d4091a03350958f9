"""Serial kernels over rows of which one is read by all others, and over records that are worked on in pairs."""

ROWS_AND_BODIES = {
    "shortest_ways": """\
void shortest_ways(double* d, int n) {
    for (int k = 0; k < n; k++)
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
                if (d[i * n + k] + d[k * n + j] < d[i * n + j]) d[i * n + j] = d[i * n + k] + d[k * n + j];
}
""",
    "reachable": """\
int reachable(std::vector<std::vector<char>>& r) {
    size_t k, i, j;
    const size_t n = r.size();
    int found = 0;
    for (k = 0; k < n; ++k) {
        for (i = 0; i < n; ++i) {
            if (!r[i][k]) continue;
            for (j = 0; j < n; ++j) {
                if (r[k][j] && !r[i][j]) {
                    r[i][j] = 1;
                    found++;
                }
            }
        }
    }
    return found;
}
""",
}
