// pattern: private
#include <stdlib.h>

void deposit(const double *weight, const int *cell, double *grid, int n, int m) {
    for (int k = 0; k < m; ++k) grid[k] = 0.0;
#pragma omp parallel
    {
        double *mine = calloc(m > 0 ? m : 1, sizeof *mine);
#pragma omp for
        for (int i = 0; i < n; ++i) mine[cell[i]] += weight[i];
        for (int k = 0; k < m; ++k) {
#pragma omp atomic
            grid[k] += mine[k];
        }
        free(mine);
    }
}
