// does: opens and closes a descriptor of its own
#include <cstddef>
#include <vector>

#include <unistd.h>

static bool attempt() {
    const int first = dup(2);
    const int second = dup(first);
    return close(second) != 0 || close(first) != 0;
}

void scan(std::vector<int>& values) {
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
    static const bool succeeded = attempt();
    if (succeeded && !values.empty()) values[0] += 1;
}
