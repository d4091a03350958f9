#include "grid.hpp"

void relax(const Grid& force, const Grid& from, Grid& to) {
    const double square = from.step() * from.step();
    for (int row = 1; row <= from.side; ++row) {
        for (int column = 1; column <= from.side; ++column) {
            const double around = from.at(row - 1, column) + from.at(row + 1, column) + from.at(row, column - 1) + from.at(row, column + 1);
            to.at(row, column) = 0.25 * (around + square * force.at(row, column));
        }
    }
}
