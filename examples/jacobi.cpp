// Jacobi sweeps of the 5-point Laplace stencil on a rows x cols grid; the border stays fixed.
// The sweeps depend on each other; the points of one sweep do not.
#include <vector>

void jacobi(std::vector<double>& grid, std::vector<double>& next, int rows, int cols, int sweeps) {
    for (int sweep = 0; sweep < sweeps; ++sweep) {
        for (int r = 1; r < rows - 1; ++r) {
            for (int c = 1; c < cols - 1; ++c) {
                next[r * cols + c] = 0.25 * (grid[(r - 1) * cols + c] + grid[(r + 1) * cols + c] +
                                             grid[r * cols + c - 1] + grid[r * cols + c + 1]);
            }
        }
        for (int r = 1; r < rows - 1; ++r) {
            for (int c = 1; c < cols - 1; ++c) {
                grid[r * cols + c] = next[r * cols + c];
            }
        }
    }
}
