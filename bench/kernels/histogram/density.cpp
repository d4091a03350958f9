// kind: memory
// sizes: x=n, y=n, grid=64*64
// How many points fall into each cell of a fixed grid over the square from -1 to 1.
#include <cmath>
#include <vector>

constexpr int CELLS = 64;

inline int cell(double v) {
    int c = static_cast<int>(std::floor((v + 1.0) * 0.5 * CELLS));
    return c < 0 ? 0 : c >= CELLS ? CELLS - 1 : c;
}

void density(const std::vector<double>& x, const std::vector<double>& y, std::vector<int>& grid) {
    for (size_t i = 0; i < x.size(); i++) ++grid[cell(y[i]) * CELLS + cell(x[i])];
}
