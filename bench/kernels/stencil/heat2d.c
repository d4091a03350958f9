/* kind: memory */
/* sizes: u=ny*nx, next=ny*nx */
/* ranges: steps=2:4 */
void heat2d(double *u, double *next, int ny, int nx, int steps)
{
    int t, i, j;
    for (t = 0; t < steps; t++) {
        for (i = 1; i < ny - 1; i++)
            for (j = 1; j < nx - 1; j++)
                next[i * nx + j] = u[i * nx + j] + 0.2 * (u[(i - 1) * nx + j] + u[(i + 1) * nx + j] +
                                                          u[i * nx + j - 1] + u[i * nx + j + 1] - 4 * u[i * nx + j]);
        for (i = 1; i < ny - 1; i++)
            for (j = 1; j < nx - 1; j++)
                u[i * nx + j] = next[i * nx + j];
    }
}
