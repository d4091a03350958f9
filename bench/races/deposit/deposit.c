void deposit(const double *weight, const int *cell, double *grid, int n, int m) {
    for (int k = 0; k < m; ++k) grid[k] = 0.0;
    for (int i = 0; i < n; ++i) grid[cell[i]] += weight[i];
}
