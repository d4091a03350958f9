// pattern: atomic
void deposit(const double *weight, const int *cell, double *grid, int n, int m) {
    for (int k = 0; k < m; ++k) grid[k] = 0.0;
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
#pragma omp atomic
        grid[cell[i]] += weight[i];
    }
}
