// entry: kde_evaluate
// kind: arithmetic

#include <math.h>
#include <stddef.h>

/* Gaussian kernel density estimate of the samples at every point of the grid,
   with a bandwidth after Silverman. Returns the bandwidth. */
double kde_evaluate(const double *samples, size_t n, const double *grid, double *density, size_t points)
{
    double mean = 0.0, var = 0.0;
    for (size_t i = 0; i < n; i++)
        mean += samples[i];
    mean /= n ? (double)n : 1.0;
    for (size_t i = 0; i < n; i++)
        var += (samples[i] - mean) * (samples[i] - mean);
    var /= n > 1 ? (double)(n - 1) : 1.0;

    double h = 1.06 * sqrt(var) * pow(n ? (double)n : 1.0, -0.2);
    if (h < 1e-6)
        h = 1e-6;

    const double scale = 1.0 / (sqrt(6.283185307179586) * h * (n ? (double)n : 1.0));
    for (size_t g = 0; g < points; g++) {
        density[g] = 0.0;
        for (size_t i = 0; i < n; i++) {
            double u = (grid[g] - samples[i]) / h;
            density[g] += exp(-0.5 * u * u);
        }
        density[g] *= scale;
    }
    return h;
}
