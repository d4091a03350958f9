// kind: arithmetic
// sizes: x=n, y=n, fx=n, fy=n
// benchmark: n=5000
// Pairwise repulsion; each pair is looked at once and pushes both of its bodies.
#include <cmath>
#include <vector>

void forces(const std::vector<double>& x, const std::vector<double>& y, std::vector<double>& fx,
            std::vector<double>& fy) {
    const int n = (int)x.size();
    for (int i = 0; i < n; i++) {
        for (int j = i + 1; j < n; j++) {
            double dx = x[i] - x[j];
            double dy = y[i] - y[j];
            double r2 = dx * dx + dy * dy + 0.01;
            double f = 1.0 / (r2 * std::sqrt(r2));
            fx[i] += f * dx;
            fy[i] += f * dy;
            fx[j] -= f * dx;
            fy[j] -= f * dy;
        }
    }
}
