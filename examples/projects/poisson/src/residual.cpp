#include "grid.hpp"

#include <cmath>

double residual(const Grid& force, const Grid& u) {
    const double square = u.step() * u.step();
    double sum = 0.0;
    for (int row = 1; row <= u.side; ++row) {
        for (int column = 1; column <= u.side; ++column) {
            const double around = u.at(row - 1, column) + u.at(row + 1, column) + u.at(row, column - 1) + u.at(row, column + 1);
            const double off = force.at(row, column) - (4.0 * u.at(row, column) - around) / square;
            sum += off * off;
        }
    }
    return std::sqrt(sum / (static_cast<double>(u.side) * u.side));
}
