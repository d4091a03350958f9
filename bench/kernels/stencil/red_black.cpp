// kind: memory
// One red and one black half-sweep of Gauss and Seidel.
#include <vector>

static void half_sweep(std::vector<double>& u, const std::vector<double>& f, int n, int colour) {
    for (int i = 1; i < n - 1; ++i) {
        for (int j = 1 + (i + colour) % 2; j < n - 1; j += 2) {
            u[i * n + j] = 0.25 * (u[(i - 1) * n + j] + u[(i + 1) * n + j] + u[i * n + j - 1] + u[i * n + j + 1] -
                                   f[i * n + j]);
        }
    }
}

void red_black(std::vector<double>& u, const std::vector<double>& f, int n) {
    half_sweep(u, f, n, 0);
    half_sweep(u, f, n, 1);
}
