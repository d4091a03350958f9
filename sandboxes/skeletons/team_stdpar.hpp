// Parallel versions of the standard library's algorithms, for C++17.
//
// Each is called as its namesake in namespace std and gives the same result: stable where that is, the first of equal
// extremes, arguments combined in their order. What a reduction or a scan combines with must be associative; sums of
// floating-point numbers may differ in their last digits. Functions that are passed are called by several threads at
// once, and the predicate of a search may be asked about elements beyond the one that is found.
//
// Short ranges, iterators without random access, outputs that overlap inputs and the bits of std::vector<bool> are left to
// serial algorithms; all else runs under std::execution::par. An exception leaves the call as it would leave a serial
// one; of several it is that of the earliest block.
#pragma once

#include <algorithm>
#include <cstddef>
#include <exception>
#include <execution>
#include <mutex>
#include <numeric>
#include <thread>
#include <vector>

namespace parallel {
namespace detail {

using Index = std::ptrdiff_t;

// Waking threads costs some microseconds: as long as a loop over so many numbers takes, or so many function calls.
constexpr Index many_numbers = 65536, many_calls = 4096;

// How many threads a range of n elements is worth.
inline int threads_for(Index n, Index least) {
    return n < least ? 1 : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

// Calls work(0) to work(count - 1), side by side; rethrows the exception of the lowest number.
template <class Work>
void each(int count, Work work) {
    std::exception_ptr failure;
    int failed = count;
    std::mutex failing;
    std::vector<int> numbers(static_cast<std::size_t>(count));
    std::iota(numbers.begin(), numbers.end(), 0);
    std::for_each(std::execution::par, numbers.begin(), numbers.end(), [&](int number) {
        try {
            work(number);
        } catch (...) {  // else the program ends
            const std::lock_guard<std::mutex> lock(failing);
            if (number < failed) {
                failed = number;
                failure = std::current_exception();
            }
        }
    });
    if (failure) std::rethrow_exception(failure);
}

}  // namespace detail
}  // namespace parallel
