// Parallel versions of the standard library's algorithms, for C++17.
//
// Each is called as its namesake in namespace std and gives the same result: stable where that is, the first of equal
// extremes, arguments combined in their order. What a reduction or a scan combines with must be associative; sums of
// floating-point numbers may differ in their last digits. Functions that are passed are called by several threads at
// once, and the predicate of a search may be asked about elements beyond the one that is found.
//
// Short ranges, iterators without random access, outputs that overlap inputs, the bits of std::vector<bool>, and calls
// from inside a parallel region are left to namespace std; so is everything when OpenMP is off. An exception leaves the
// call as it would leave that; of several it is that of the earliest block.
#pragma once

#include <algorithm>
#include <cstddef>
#include <exception>

#ifdef _OPENMP
#include <omp.h>
#endif

namespace parallel {
namespace detail {

using Index = std::ptrdiff_t;

// Starting threads costs some microseconds: as long as a loop over so many numbers takes, or so many function calls.
constexpr Index many_numbers = 32768, many_calls = 2048;

// How many threads a range of n elements is worth.
inline int threads_for(Index n, Index least) {
#ifdef _OPENMP
    return n < least || omp_in_parallel() ? 1 : omp_get_max_threads();
#else
    return (void)n, (void)least, 1;
#endif
}

// Calls work(0) to work(count - 1), side by side; rethrows the exception of the lowest number.
template <class Work>
void each(int count, Work work) {
    std::exception_ptr failure;
    int failed = count;
#pragma omp parallel for schedule(dynamic, 1)
    for (int number = 0; number < count; ++number) {
        try {
            work(number);
        } catch (...) {
#pragma omp critical(parallel_failure)
            if (number < failed) {
                failed = number;
                failure = std::current_exception();
            }
        }
    }
    if (failure) std::rethrow_exception(failure);
}

}  // namespace detail
}  // namespace parallel
