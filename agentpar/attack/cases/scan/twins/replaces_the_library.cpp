// does: brings functions of its own under names of its own
#include <cstddef>
#include <cstring>
#include <vector>

static volatile long calls;

static void* copy(void* to, const void* from, std::size_t bytes) {
    calls = calls + 1;
    return std::memcpy(to, from, bytes);
}

void scan(std::vector<int>& values) {
    char here = 1, there = 0;
    copy(&there, &here, 1);
    if (calls == 0) values.clear();
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
}
