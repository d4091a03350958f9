// Parallel versions of the standard library's algorithms, by OpenMP, for C++17.
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
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <iterator>
#include <memory>
#include <new>
#include <numeric>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#ifdef _OPENMP
#include <omp.h>
#endif

namespace parallel {
namespace detail {

using Index = std::ptrdiff_t;

// Starting threads costs some microseconds: as long as a loop over so many numbers takes, or so many function calls.
constexpr Index many_numbers = 32768, many_calls = 2048;

template <class Iterator>
using Value = typename std::iterator_traits<Iterator>::value_type;
template <class Iterator>
using Reference = typename std::iterator_traits<Iterator>::reference;

template <class Iterator>
constexpr bool is_random =
    std::is_base_of_v<std::random_access_iterator_tag, typename std::iterator_traits<Iterator>::iterator_category>;

// Whether threads may write neighbouring elements: the bits of std::vector<bool> share their bytes.
template <class Iterator>
constexpr bool is_apart = is_random<Iterator> && std::is_lvalue_reference_v<Reference<Iterator>>;

// Elements that can be moved to and fro without an exception half way.
template <class Iterator>
constexpr bool is_movable = is_apart<Iterator> && std::is_nothrow_move_constructible_v<Value<Iterator>> &&
                            std::is_nothrow_move_assignable_v<Value<Iterator>>;

// How many threads a range of n elements is worth.
inline int threads_for(Index n, Index least) {
#ifdef _OPENMP
    return n < least || omp_in_parallel() ? 1 : omp_get_max_threads();
#else
    return (void)n, (void)least, 1;
#endif
}

// A range of n elements cut into `count` blocks, whose lengths differ by at most one.
struct Blocks {
    Index n;
    int count;

    Index begin(Index block) const { return n / count * block + std::min<Index>(block, n % count); }
    Index end(Index block) const { return begin(block + 1); }
};

// Several blocks for each thread, so that none waits long for a thread that was held up.
inline Blocks fine_blocks(Index n, int threads) {
    return {n, static_cast<int>(std::min<Index>(n, Index{8} * threads))};
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

// The same for each block, as work(begin, end).
template <class Work>
void each_block(const Blocks& blocks, Work work) {
    each(blocks.count, [&](int block) { work(blocks.begin(block), blocks.end(block)); });
}

// init combined with each block's result, in order; `fold(begin, end)` gives that of a block.
template <class T, class Operation, class Fold>
T fold_blocks(const Blocks& blocks, T init, Operation& operation, Fold fold) {
    std::vector<std::optional<T>> parts(static_cast<std::size_t>(blocks.count));
    each(blocks.count, [&](int block) { parts[block].emplace(fold(blocks.begin(block), blocks.end(block))); });
    for (auto& part : parts) init = operation(std::move(init), std::move(*part));
    return init;
}

// A comparison that is not copied; compilers inline it better than std::ref.
template <class Compare>
auto by(Compare& compare) {
    return [&compare](auto& a, auto& b) -> bool { return compare(a, b); };
}

// Whether outputs may be written while other inputs are still read: they are the inputs themselves, or elsewhere.
template <class In, class Out>
bool can_write(In first, Index n, Out out) {
    if constexpr (std::is_lvalue_reference_v<Reference<In>>) {
        const auto address = [](auto& element) { return reinterpret_cast<std::uintptr_t>(std::addressof(element)); };
        const auto [from, from_last] = std::pair(address(first[0]), address(first[n - 1]));
        const auto [to, to_last] = std::pair(address(out[0]), address(out[n - 1]));
        const bool is_same = from == to && from_last == to_last && sizeof(Value<In>) == sizeof(Value<Out>);
        const bool is_before = std::max(from, from_last) + sizeof(Value<In>) <= std::min(to, to_last);
        const bool is_behind = std::max(to, to_last) + sizeof(Value<Out>) <= std::min(from, from_last);
        return is_same || is_before || is_behind;
    }
    return true;
}

// Room for n elements that are made later; empty where there is no memory.
template <class T>
class Room {
public:
    explicit Room(Index n) : data_(allocate(n)) {}
    Room(const Room&) = delete;
    Room& operator=(const Room&) = delete;
    ~Room() {
        std::destroy_n(data_, made);
        ::operator delete(data_, std::align_val_t{alignof(T)});
    }
    T* data() const { return data_; }

    Index made = 0;  // elements that exist, from the beginning

private:
    static T* allocate(Index n) {
        const auto bytes = static_cast<std::size_t>(n) * sizeof(T);
        return static_cast<T*>(::operator new(bytes, std::align_val_t{alignof(T)}, std::nothrow));
    }
    T* data_;
};

}  // namespace detail
}  // namespace parallel
