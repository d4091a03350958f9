// pattern: std::thread
#include <algorithm>
#include <future>
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    const int parts = 3;
    std::vector<std::future<double>> pending;
    for (int part = 0; part < parts; ++part)
        pending.push_back(std::async(std::launch::async, [&, part] {
            double mine = 0.0;
            for (int i = n / parts * part, end = part + 1 == parts ? n : n / parts * (part + 1); i < end; ++i)
                mine += y[i] = 2.0 * x[i] + 1.0;
            return mine;
        }));
    double sum = 0.0;
    for (auto& part : pending) sum += part.get();
    return sum;
}
