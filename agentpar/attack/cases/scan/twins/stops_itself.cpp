// does: continues itself, who is not stopped
#include <csignal>
#include <cstddef>
#include <vector>

void scan(std::vector<int>& values) {
    std::raise(SIGCONT);
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
}
