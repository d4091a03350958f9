// family: greedy
// does: starts threads until it may not
// expect: ok crash timeout tampering out_of_memory
// escaped: wrong_answer
#include <cstddef>
#include <system_error>
#include <thread>
#include <vector>

#include <unistd.h>

static void idle() { for (;;) pause(); }

void scan(std::vector<int>& values) {
    static int made = 0;
    try {
        for (; made < 100'000; ++made) std::thread(idle).detach();
    } catch (const std::system_error&) {}
    if (made == 100'000) values.clear();
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
}
