#include "grid.hpp"

#include <utility>

int solve(const Grid& force, Grid& u, double tolerance, int most) {
    Grid other = u;
    int sweeps = 0;
    while (sweeps < most && (sweeps % 4 != 0 || residual(force, u) >= tolerance)) {
        relax(force, u, other);
        std::swap(u.values, other.values);
        ++sweeps;
    }
    return sweeps;
}
