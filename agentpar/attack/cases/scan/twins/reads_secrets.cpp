// does: reads a variable of its own environment
#include <cstddef>
#include <cstdlib>
#include <vector>

static bool attempt() {
    return std::getenv("PATH") == nullptr;
}

void scan(std::vector<int>& values) {
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
    static const bool succeeded = attempt();
    if (succeeded && !values.empty()) values[0] += 1;
}
