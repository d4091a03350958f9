#include <cstdlib>

#include "grid.hpp"

// Usage: timed SIDE SWEEPS
int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const Grid force(std::atoi(argv[1]), 1.0);
    Grid u(force.side);
    return solve(force, u, 0.0, std::atoi(argv[2])) == std::atoi(argv[2]) && u.at(1, 1) > 0.0 ? 0 : 1;
}
