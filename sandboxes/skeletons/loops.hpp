// Loops whose counter's values are shared out in blocks.
#pragma once

#include "blocks.hpp"

#include <mutex>

namespace parallel {
namespace detail {

template <class T, class Work>
void blocks_of_loop(T first, T last, Index most, Work& work) {
    if (!(first < last)) return;
    const auto n = static_cast<Index>(last - first);
    const auto at = [&](Index i) -> T {
        if constexpr (std::is_integral_v<T>) return static_cast<T>(first + static_cast<T>(i));
        else return first + i;
    };
    const Blocks blocks{n, static_cast<int>(std::min(n, most))};
    detail::each_block(blocks, [&](Index begin, Index end) { work(at(begin), at(end)); });
}

}  // namespace detail

// Calls work(begin, end) for blocks of the numbers or iterators from `first` up to `last`, side by side: one block for
// each thread.
template <class T, class Work>
void for_blocks(T first, T last, Work work) {
    detail::blocks_of_loop(first, last, detail::threads_for(2, 2), work);
}

// The same in many small blocks, where some numbers are more work than others.
template <class T, class Work>
void for_small_blocks(T first, T last, Work work) {
    detail::blocks_of_loop(first, last, detail::Index{32} * detail::threads_for(2, 2), work);
}

}  // namespace parallel
