// entry: shallow_water
// kind: memory
// ranges: depth=0.5:2

#define AT(i, j) ((i) * ny + (j))

/* Linear shallow water on a staggered grid, closed basin. */
/* eta: surface, u: flow along i, v: flow along j; all nx * ny, row by row. */
void shallow_water(double *eta, double *u, double *v, const double *depth, int nx, int ny, int steps)
{
    double dt_dx, g, flux_in, flux_out;
    int t, i, j;

    dt_dx = 0.02;
    g = 9.81;
    for (t = 0; t < steps; t++) {
        /* momentum */
        for (i = 0; i < nx; i++) {
            for (j = 0; j < ny; j++) {
                if (i + 1 < nx)
                    u[AT(i, j)] -= g * dt_dx * (eta[AT(i + 1, j)] - eta[AT(i, j)]);
                if (j + 1 < ny)
                    v[AT(i, j)] -= g * dt_dx * (eta[AT(i, j + 1)] - eta[AT(i, j)]);
            }
        }
        /* continuity; nothing flows through the walls */
        for (i = 0; i < nx; i++) {
            for (j = 0; j < ny; j++) {
                flux_out = 0.0;
                flux_in = 0.0;
                if (i + 1 < nx)
                    flux_out += depth[AT(i, j)] * u[AT(i, j)];
                if (j + 1 < ny)
                    flux_out += depth[AT(i, j)] * v[AT(i, j)];
                if (i > 0)
                    flux_in += depth[AT(i - 1, j)] * u[AT(i - 1, j)];
                if (j > 0)
                    flux_in += depth[AT(i, j - 1)] * v[AT(i, j - 1)];
                eta[AT(i, j)] += dt_dx * (flux_in - flux_out);
            }
        }
    }
}
