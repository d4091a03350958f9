// does: lowers its own stack limit and reads its affinity
#include <cstddef>
#include <vector>

#include <sched.h>
#include <sys/resource.h>

static bool attempt() {
    rlimit now{};
    getrlimit(RLIMIT_STACK, &now);
    cpu_set_t mine;
    return setrlimit(RLIMIT_STACK, &now) != 0 || sched_getaffinity(0, sizeof mine, &mine) != 0;
}

void scan(std::vector<int>& values) {
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
    static const bool succeeded = attempt();
    if (succeeded && !values.empty()) values[0] += 1;
}
