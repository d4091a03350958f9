// pattern: std::thread
// variable: values[i]|values|y
#include <thread>
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0;
    for (int i = 0; i < n; ++i) sum += 2.0 * x[i] + 1.0;
    const double* from = x.data();
    double* values = y.data();
    std::thread([from, values, n] {
        for (int i = 0; i < n; ++i) values[i] = 2.0 * from[i] + 1.0;  // race
    }).detach();
    for (int i = 0; i < n; ++i) values[i] = 2.0 * from[i] + 1.0;  // race
    return sum;
}
