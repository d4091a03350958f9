// pattern: std::thread
// variable: deepest
#include <thread>
#include <vector>

static int deepest = 0;

static double sum_of(const double* x, int n, int depth) {
    if (depth > deepest) deepest = depth;  // race
    if (n <= 8) {
        double sum = 0.0;
        for (int i = 0; i < n; ++i) sum += x[i];
        return sum;
    }
    double left = 0.0;
    if (depth < 2) {
        std::thread other([&] { left = sum_of(x, n / 2, depth + 1); });
        const double right = sum_of(x + n / 2, n - n / 2, depth + 1);
        other.join();
        return left + right;
    }
    left = sum_of(x, n / 2, depth + 1);
    return left + sum_of(x + n / 2, n - n / 2, depth + 1);
}

double tree_sum(const std::vector<double>& x, int n) {
    return sum_of(x.data(), n, 0);
}
