// Calls by several threads at once, by a process that was forked, inside one another, and many short ones, of the header
// for `threads`, whose threads stay for all of them. Prints what is wrong.
#include <sys/wait.h>
#include <unistd.h>

#include <iostream>
#include <thread>
#include <vector>

#include "parallel_algorithms.hpp"

unsigned std::thread::hardware_concurrency() noexcept { return 3; }

namespace {

void check(bool holds, const char* what) {
    if (!holds) std::cout << what << std::endl;
}

bool sorts_and_sums() {
    std::vector<unsigned> values(150001);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<unsigned>(i) * 2654435761u % 1000003u;
    auto expected = values;
    std::sort(expected.begin(), expected.end());
    parallel::sort(values.begin(), values.end());
    unsigned long sum = 0;
    for (const unsigned value : values) sum += value;
    return values == expected && parallel::accumulate(values.begin(), values.end(), 0ul) == sum;
}

bool each_once(int count) {
    std::vector<int> calls(static_cast<std::size_t>(count));
    parallel::for_blocks(0, count, [&](int begin, int end) {
        for (int i = begin; i < end; ++i) ++calls[static_cast<std::size_t>(i)];
    });
    return calls == std::vector<int>(calls.size(), 1);
}

}  // namespace

int main() {
    check(sorts_and_sums(), "alone");
    std::vector<std::thread> callers;
    for (int caller = 0; caller < 4; ++caller)
        callers.emplace_back([] {
            for (int call = 0; call < 3; ++call) check(sorts_and_sums(), "beside others");
        });
    for (std::thread& caller : callers) caller.join();
    parallel::for_blocks(0, 8, [](int, int) { check(each_once(8), "inside a call"); });
    for (int call = 0; call < 5000; ++call) check(each_once(2 + call % 5), "short");
    if (const pid_t child = fork(); child == 0) {
        check(sorts_and_sums() && each_once(8), "forked");
        std::exit(0);
    } else {
        int status = -1;
        check(waitpid(child, &status, 0) == child && status == 0, "the forked process did not end");
    }
    check(sorts_and_sums(), "after a fork");
}
