// Parallel versions of the standard library's algorithms, for C++17.
//
// Each is called as its namesake in namespace std and gives the same result: stable where that is, the first of equal
// extremes, arguments combined in their order. What a reduction or a scan combines with must be associative; sums of
// floating-point numbers may differ in their last digits. Functions that are passed are called by several threads at
// once, and the predicate of a search may be asked about elements beyond the one that is found.
//
// Short ranges, iterators without random access, outputs that overlap inputs, the bits of std::vector<bool>, and calls
// from a thread that works for another call are left to namespace std. Each call starts as many threads as
// std::thread::hardware_concurrency() says, less its own, and ends when they have ended. An exception leaves the call as
// it would leave that; of several it is that of the earliest block.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace parallel {
namespace detail {

using Index = std::ptrdiff_t;

// Starting threads costs tens of microseconds: as long as a loop over so many numbers takes, or so many function calls.
constexpr Index many_numbers = 131072, many_calls = 8192;

// Whether this thread works for a call already.
inline thread_local bool is_at_work = false;

// How many threads a range of n elements is worth.
inline int threads_for(Index n, Index least) {
    return n < least || is_at_work ? 1 : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

// Calls work(0) to work(count - 1), side by side; rethrows the exception of the lowest number.
template <class Work>
void each(int count, Work work) {
    std::exception_ptr failure;
    int failed = count;
    std::mutex failing;
    std::atomic<int> next{0};
    const auto run = [&] {
        const bool before = is_at_work;
        is_at_work = true;
        for (int number = next++; number < count; number = next++) {
            try {
                work(number);
            } catch (...) {
                const std::lock_guard<std::mutex> lock(failing);
                if (number < failed) {
                    failed = number;
                    failure = std::current_exception();
                }
            }
        }
        is_at_work = before;
    };
    std::vector<std::thread> others;
    const int threads = std::min(count, detail::threads_for(count, 2));
    others.reserve(static_cast<std::size_t>(std::max(threads, 1)));
    try {
        for (int other = 1; other < threads; ++other) others.emplace_back(run);
    } catch (const std::system_error&) {  // no more threads to be had: those there are do it all
    }
    run();
    for (std::thread& other : others) other.join();
    if (failure) std::rethrow_exception(failure);
}

}  // namespace detail
}  // namespace parallel
