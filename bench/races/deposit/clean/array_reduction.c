// pattern: array reduction
void deposit(const double *weight, const int *cell, double *grid, int n, int m) {
    for (int k = 0; k < m; ++k) grid[k] = 0.0;
    if (m == 0) return;
#pragma omp parallel for reduction(+ : grid[:m]) schedule(dynamic, 32)
    for (int i = 0; i < n; ++i) grid[cell[i]] += weight[i];
}
