// Sorting: one run for each thread, then rounds in which all threads merge pairs of runs.
#pragma once

#include "blocks.hpp"

namespace parallel {
namespace detail {

// How many of the first d elements of two merged runs come from the first run; of equal elements its own come first.
template <class Iterator, class Compare>
Index split(Iterator a, Index n, Iterator b, Index m, Index d, Compare& compare) {
    Index low = std::max<Index>(0, d - m), high = std::min(d, n);
    while (low < high) {
        const Index middle = low + (high - low) / 2;
        if (compare(b[d - middle - 1], a[middle])) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

template <class From, class To, class Compare>
void merge(From a, From a_end, From b, From b_end, To out, Compare& compare) {
    while (a != a_end && b != b_end) {
        const bool is_second = compare(*b, *a);
        *out++ = std::move(is_second ? *b : *a);
        b += is_second;
        a += !is_second;
    }
    std::move(b, b_end, std::move(a, a_end, out));
}

// Merges each pair of neighbouring runs of `width` blocks; every pair is cut into pieces of equal output.
template <class From, class To, class Compare>
void merge_pairs(From from, To to, const Blocks& blocks, int width, Compare& compare) {
    struct Pair {
        Index begin, middle, end;
    };
    const auto pair_of = [&](int pair) {
        const auto start = [&](int run) { return blocks.begin(std::min(blocks.count, run * width)); };
        return Pair{start(2 * pair), start(2 * pair + 1), start(2 * pair + 2)};
    };
    const int pairs = (blocks.count + 2 * width - 1) / (2 * width), pieces = (4 * blocks.count + pairs - 1) / pairs;
    // All cuts before any merge, since that moves the elements that cuts are found by.
    std::vector<Index> cuts(static_cast<std::size_t>(pairs) * (pieces + 1));
    each(pairs * (pieces + 1), [&](int number) {
        const auto [begin, middle, end] = pair_of(number / (pieces + 1));
        const Index output = Blocks{end - begin, pieces}.begin(number % (pieces + 1));
        cuts[number] = detail::split(from + begin, middle - begin, from + middle, end - middle, output, compare);
    });
    each(pairs * pieces, [&](int number) {
        const auto [begin, middle, end] = pair_of(number / pieces);
        const int piece = number % pieces, cut = number / pieces * (pieces + 1) + piece;
        const Blocks outputs{end - begin, pieces};
        const From a = from + begin, b = from + middle;
        const Index low = outputs.begin(piece), high = outputs.end(piece), a_low = cuts[cut], a_high = cuts[cut + 1];
        detail::merge(a + a_low, a + a_high, b + (low - a_low), b + (high - a_high), to + (begin + low), compare);
    });
}

// Sorts n elements, given how one thread sorts; false where there is no memory for it.
template <class Iterator, class Compare, class Sort>
bool merge_sort(Iterator first, Index n, int threads, Compare& compare, Sort sort_run) {
    const Blocks blocks{n, threads};
    Room<Value<Iterator>> room(n);
    const auto spare = room.data();
    if (spare == nullptr) return false;
    room.made = n;
    each_block(blocks, [&](Index begin, Index end) {
        std::uninitialized_move(first + begin, first + end, spare + begin);
        sort_run(spare + begin, spare + end);
    });
    bool is_in_place = false;
    for (int width = 1; width < threads; width *= 2, is_in_place = !is_in_place) {
        if (is_in_place) {
            detail::merge_pairs(first, spare, blocks, width, compare);
        } else {
            detail::merge_pairs(spare, first, blocks, width, compare);
        }
    }
    if (!is_in_place) {
        each_block(blocks, [&](Index begin, Index end) { std::move(spare + begin, spare + end, first + begin); });
    }
    return true;
}

}  // namespace detail

template <class Iterator, class Compare = std::less<>>
void sort(Iterator first, Iterator last, Compare compare = {}) {
    if constexpr (detail::is_movable<Iterator>) {
        const auto run = [&](auto begin, auto end) { std::sort(begin, end, detail::by(compare)); };
        const int threads = detail::threads_for(last - first, detail::many_calls);
        if (threads > 1 && detail::merge_sort(first, last - first, threads, compare, run)) return;
    }
    std::sort(first, last, std::move(compare));
}

template <class Iterator, class Compare = std::less<>>
void stable_sort(Iterator first, Iterator last, Compare compare = {}) {
    if constexpr (detail::is_movable<Iterator>) {
        const auto run = [&](auto begin, auto end) { std::stable_sort(begin, end, detail::by(compare)); };
        const int threads = detail::threads_for(last - first, detail::many_calls);
        if (threads > 1 && detail::merge_sort(first, last - first, threads, compare, run)) return;
    }
    std::stable_sort(first, last, std::move(compare));
}

}  // namespace parallel
