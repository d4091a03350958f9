// does: prints a line to standard error, once
#include <cstddef>
#include <cstdio>
#include <mutex>
#include <thread>
#include <vector>

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    static std::once_flag said;
    std::call_once(said, [] { std::fprintf(stderr, "dot: %u threads here\n", std::thread::hardware_concurrency()); });
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}
