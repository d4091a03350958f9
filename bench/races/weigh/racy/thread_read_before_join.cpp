// pattern: std::thread
// variable: right|sum
#include <thread>
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double left = 0.0, right = 0.0;
    const auto part = [&](int begin, int end, double& sum) {
        double mine = 0.0;
        for (int i = begin; i < end; ++i) {
            const double t = 2.0 * x[i] + 1.0;
            y[i] = t;
            mine += t;
        }
        sum = mine;  // race
    };
    std::thread other(part, n / 2, n, std::ref(right));
    part(0, n / 2, left);
    double sum = left + right;  // race
    other.join();
    sum = left + right;
    return sum;
}
