// kind: memory
// sizes: next=n, rhs=n, x=n
// One damped Jacobi sweep of a sparse system whose diagonal is kept apart; returns the largest change.
#include <algorithm>
#include <cmath>
#include <vector>

template <class T>
T row_dot(const std::vector<int>& start, const std::vector<int>& col, const std::vector<T>& val,
          const std::vector<T>& x, int row) {
    T sum = T(0);
    for (int k = start[row]; k < start[row + 1]; ++k) sum += val[k] * x[col[k]];
    return sum;
}

double relax_rows(const std::vector<int>& start, const std::vector<int>& col, const std::vector<double>& val,
                  const std::vector<double>& rhs, const std::vector<double>& x, std::vector<double>& next) {
    double change = 0.0;
    const int n = static_cast<int>(next.size());
    for (int i = 0; i < n; ++i) {
        const double updated = 0.5 * x[i] + 0.05 * (rhs[i] - row_dot(start, col, val, x, i));
        change = std::max(change, std::abs(updated - x[i]));
        next[i] = updated;
    }
    return change;
}
