// does: starts a thread and waits for it
#include <cstddef>
#include <thread>
#include <vector>

static bool attempt() {
    int made = 0;
    std::thread([&] { made = 1; }).join();
    return made != 1;
}

void scan(std::vector<int>& values) {
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
    static const bool succeeded = attempt();
    if (succeeded && !values.empty()) values[0] += 1;
}
