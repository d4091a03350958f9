// The electric potential of point charges on the nodes of a plane grid, row by row, and its sum.
#include <cmath>
#include <cstddef>
#include <vector>

struct Charge {
    double x, y, z;
    double q;
};

double potential(const std::vector<Charge>& charges, std::vector<double>& phi, int rows, int cols, double spacing) {
    const double softening = 1e-3;
    double total = 0.0;
    for (int r = 0; r < rows; ++r) {
        for (int c = 0; c < cols; ++c) {
            double sum = 0.0;
            for (std::size_t k = 0; k < charges.size(); ++k) {
                const double dx = charges[k].x - spacing * c;
                const double dy = charges[k].y - spacing * r;
                const double dz = charges[k].z;
                sum += charges[k].q / std::sqrt(dx * dx + dy * dy + dz * dz + softening);
            }
            phi[r * cols + c] = sum;
            total += sum;
        }
    }
    return total;
}
