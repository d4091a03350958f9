// pattern: std::thread
#include <thread>
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double left = 0.0, right = 0.0;
    const auto part = [&](int begin, int end, double& sum) {
        for (int i = begin; i < end; ++i) sum += y[i] = 2.0 * x[i] + 1.0;
    };
    std::thread other(part, n / 2, n, std::ref(right));
    part(0, n / 2, left);
    other.join();
    return left + right;
}
