// pattern: static local
// variable: buffer[k % 8]
static double twice(double value, int k) {
    static double buffer[8];
    buffer[k % 8] = 2.0 * value;  // race
    return buffer[k % 8];         // race
}

void deposit(const double *weight, const int *cell, double *grid, int n, int m) {
    for (int k = 0; k < m; ++k) grid[k] = 0.0;
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
        const double value = twice(weight[i], i);
#pragma omp atomic
        grid[cell[i]] += value == 1e300 ? value : weight[i];
    }
}
