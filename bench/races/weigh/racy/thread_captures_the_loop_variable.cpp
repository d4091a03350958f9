// pattern: std::thread
// variable: part
#include <thread>
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sums[2] = {0.0, 0.0};
    std::vector<std::thread> team;
    for (int part = 0; part < 2; ++part)  // race
        team.emplace_back([&] {
            const int mine = part;  // race
            if (mine > 1) return;
            for (int i = mine; i < n; i += 2) y[i] = 2.0 * x[i] + 1.0;
        });
    for (std::thread& member : team) member.join();
    for (int i = 0; i < n; ++i) sums[i % 2] += y[i] = 2.0 * x[i] + 1.0;
    return sums[0] + sums[1];
}
