// -Δu = 2π² sin(πx) sin(πy) is solved by u = sin(πx) sin(πy), and 0 on the border.
#include <cmath>
#include <cstdio>

#include "grid.hpp"

namespace {

const double pi = std::acos(-1.0);

double exact(const Grid& grid, int row, int column) { return std::sin(pi * row * grid.step()) * std::sin(pi * column * grid.step()); }

bool is_solved(int side) {
    Grid force(side), u(side);
    for (int row = 1; row <= side; ++row)
        for (int column = 1; column <= side; ++column) force.at(row, column) = 2 * pi * pi * exact(force, row, column);
    const int sweeps = solve(force, u, 1e-6, 20'000);
    if (sweeps == 20'000) return std::printf("side %d: it does not converge\n", side), false;
    for (int row = 0; row <= side + 1; ++row) {
        for (int column = 0; column <= side + 1; ++column) {
            const bool is_border = row == 0 || column == 0 || row > side || column > side;
            const double wanted = is_border ? 0.0 : exact(u, row, column), got = u.at(row, column);
            if (std::fabs(got - wanted) > 2.0 * u.step() * u.step()) return std::printf("side %d: %g, not %g, at %d, %d\n", side, got, wanted, row, column), false;
        }
    }
    return true;
}

}  // namespace

int main() { return is_solved(1) && is_solved(2) && is_solved(17) && is_solved(48) ? 0 : 1; }
