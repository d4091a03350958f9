// does: starts eight threads once
#include <cstddef>
#include <thread>
#include <vector>

#include <unistd.h>

static void idle() { for (;;) pause(); }

void scan(std::vector<int>& values) {
    static int made = 0;
    for (; made < 8; ++made) std::thread(idle).detach();
    if (made == 100'000) values.clear();
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
}
