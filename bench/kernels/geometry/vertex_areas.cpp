// kind: memory
// sizes: corner=3*triangles, x=vertices, y=vertices, area=vertices
// ranges: corner=0:vertices-1
// Adds a third of each triangle's area to its corners.
#include <cmath>

void vertex_areas(const int* corner, int triangles, const double* x, const double* y, double* area) {
    for (int t = 0; t < triangles; ++t) {
        const int a = corner[3 * t], b = corner[3 * t + 1], c = corner[3 * t + 2];
        const double twice = std::fabs((x[b] - x[a]) * (y[c] - y[a]) - (x[c] - x[a]) * (y[b] - y[a]));
        area[a] += twice / 6;
        area[b] += twice / 6;
        area[c] += twice / 6;
    }
}
