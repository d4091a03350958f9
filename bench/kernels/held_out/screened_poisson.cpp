// entry: mesh::solve_screened_poisson
// kind: memory

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace mesh {

// (D - W) x + x = b on the edges of a mesh, W in compressed rows, D its row sums.
// Jacobi iteration; stops early once no value moves by more than the tolerance.
int solve_screened_poisson(const std::vector<int>& row_start, const std::vector<int>& neighbour,
                           const std::vector<double>& weight, const std::vector<double>& b, std::vector<double>& x) {
    constexpr int max_sweeps = 12;
    constexpr double tolerance = 1e-7;
    const int n = static_cast<int>(b.size());

    std::vector<double> diagonal(n, 1.0);
    for (int i = 0; i < n; ++i) {
        diagonal[i] = std::accumulate(weight.begin() + row_start[i], weight.begin() + row_start[i + 1], 1.0,
                                      [](double sum, double w) { return sum + std::fabs(w); });
    }

    std::vector<double> next(n);
    x.assign(n, 0.0);
    int sweep = 0;
    while (sweep < max_sweeps) {
        ++sweep;
        double change = 0.0;
        for (int i = 0; i < n; ++i) {
            double sum = b[i];
            for (int e = row_start[i]; e < row_start[i + 1]; ++e) {
                sum += std::fabs(weight[e]) * x[neighbour[e]];
            }
            next[i] = sum / diagonal[i];
            change = std::max(change, std::fabs(next[i] - x[i]));
        }
        x.swap(next);
        if (change < tolerance) break;
    }
    return sweep;
}

}  // namespace mesh
