#pragma once

#include <cstddef>
#include <vector>

// Values at (side + 2)² points of the unit square, row by row; those of its border stay as they are.
struct Grid {
    explicit Grid(int points, double value = 0.0) : side(points), values(static_cast<std::size_t>(points + 2) * (points + 2), value) {}

    double& at(int row, int column) { return values[static_cast<std::size_t>(row) * (side + 2) + column]; }
    double at(int row, int column) const { return values[static_cast<std::size_t>(row) * (side + 2) + column]; }
    double step() const { return 1.0 / (side + 1); }

    int side;
    std::vector<double> values;
};

// One sweep of Jacobi's for -Δu = force.
void relax(const Grid& force, const Grid& from, Grid& to);

// How far u is from -Δu = force: the root of the mean square.
double residual(const Grid& force, const Grid& u);

// Sweeps until the residual is below a tolerance, or `most` times; returns how many sweeps it took.
int solve(const Grid& force, Grid& u, double tolerance, int most);
