// Calls by several threads at once, by a process that was forked, inside one another, and many short ones, of the header
// for `threads`, whose threads stay for all of them. Prints what is wrong.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cfenv>
#include <chrono>
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

// Has three threads do the same at once, and tells whether all of them came.
template <class Work>
bool together(Work work) {
    using Clock = std::chrono::steady_clock;
    const auto latest = Clock::now() + std::chrono::seconds(20);
    std::atomic<int> came{0};
    std::atomic<bool> is_late{false};
    parallel::for_blocks(0, 3, [&](int, int) {
        ++came;
        while (came < 3 && !is_late) {
            is_late = Clock::now() > latest;
            std::this_thread::yield();
        }
        work();
    });
    return !is_late;
}

// Whether all that work for a caller round as it does, although they started before.
bool rounds_as_asked(int way) {
    std::atomic<bool> is_right{true};
    const volatile double one = 1.0, three = 3.0;
    std::fesetround(way);
    const double third = one / three;
    together([&] {
        if (one / three != third) is_right = false;
    });
    std::fesetround(FE_TONEAREST);
    return is_right;
}

// Whether a caller that has done its own part waits for others who sleep in theirs.
bool waits() {
    const auto caller = std::this_thread::get_id();
    std::atomic<int> done{0};
    together([&] {
        if (std::this_thread::get_id() != caller) std::this_thread::sleep_for(std::chrono::milliseconds(50));
        ++done;
    });
    return done == 3;
}

// A thread that a call waits for may call as well.
void calls_by_a_thread_inside() {
    const auto call = [] { check(each_once(8), "by a thread inside a call"); };
    parallel::for_blocks(0, 3, [&](int, int) { std::thread(call).join(); });
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
    check(together([] {}), "together");
    check(waits(), "the caller did not wait");
    calls_by_a_thread_inside();
    check(rounds_as_asked(FE_UPWARD) && rounds_as_asked(FE_DOWNWARD), "rounded");
    if (const pid_t child = fork(); child == 0) {
        check(sorts_and_sums() && together([] {}), "forked");
        std::exit(0);
    } else {
        int status = -1;
        check(waitpid(child, &status, 0) == child && status == 0, "the forked process did not end");
    }
    check(sorts_and_sums(), "after a fork");
}
