// pattern: std::thread
// variable: sum
#include <thread>
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0;
    std::vector<std::thread> team;
    for (int part = 0; part < 3; ++part)
        team.emplace_back([&, part] {
            double mine = 0.0;
            for (int i = part; i < n; i += 3) {
                const double t = 2.0 * x[i] + 1.0;
                y[i] = t;
                mine += t;
            }
            sum += mine;  // race
        });
    for (std::thread& member : team) member.join();
    return sum;
}
