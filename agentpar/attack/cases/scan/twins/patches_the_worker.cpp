// does: replaces a function in a table of its own
#include <cstddef>
#include <vector>

static long calls;

static void count() { ++calls; }
static void (*table[2])() = {count, nullptr};

void scan(std::vector<int>& values) {
    table[1] = table[0];
    table[1]();
    if (calls == 0) values.clear();
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
}
