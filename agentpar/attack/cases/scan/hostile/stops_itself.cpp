// family: stopping
// does: stops itself during the call
// expect: timeout
// feedback: the call
#include <csignal>
#include <cstddef>
#include <vector>

void scan(std::vector<int>& values) {
    std::raise(SIGSTOP);
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
}
