// Shares work out where no thread can be had, since there is no room for a stack. Prints how often each number came up.
#include "harness/share.hpp"

#include <sys/resource.h>

#include <iostream>

int main() {
    std::vector<int> seen(1000);
    const rlimit none{1, 1};
    if (setrlimit(RLIMIT_AS, &none) != 0) return 1;
    try {
        std::thread([] {}).join();
        return 2;
    } catch (const std::system_error&) {
    }
    agentpar::share_out(seen.size(), 1, [&](std::size_t from, std::size_t to) {
        for (std::size_t i = from; i < to; ++i) ++seen[i];
    });
    for (const int times : seen) std::cout << times;
}
