// does: asks for the shell's path, without running it
#include <cstddef>
#include <vector>

#include <unistd.h>

static bool attempt() {
    char path[256];
    return confstr(_CS_PATH, path, sizeof path) == 0;
}

void scan(std::vector<int>& values) {
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
    static const bool succeeded = attempt();
    if (succeeded && !values.empty()) values[0] += 1;
}
