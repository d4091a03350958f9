// Ranges cut into blocks that several threads work on.
#pragma once

#include "team_openmp.hpp"

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

namespace parallel {
namespace detail {

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

// Calls work(begin, end) for each block, side by side.
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
