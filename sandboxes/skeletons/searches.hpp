// Counts, searches and extremes.
#pragma once

#include "blocks.hpp"

namespace parallel {

template <class Iterator, class Predicate>
detail::Index count_if(Iterator first, Iterator last, Predicate predicate) {
    if constexpr (detail::is_random<Iterator>) {
        const detail::Index n = last - first;
        if (const int threads = detail::threads_for(n, detail::many_calls); threads > 1) {
            std::plus<> sum;
            const auto blocks = detail::fine_blocks(n, threads);
            return detail::fold_blocks(blocks, detail::Index{0}, sum, [&](detail::Index begin, detail::Index end) {
                return std::count_if(first + begin, first + end, std::ref(predicate));
            });
        }
    }
    return std::count_if(first, last, std::move(predicate));
}

template <class Iterator, class T>
detail::Index count(Iterator first, Iterator last, const T& value) {
    return parallel::count_if(first, last, [&](const auto& element) { return element == value; });
}

template <class Iterator, class Predicate>
Iterator find_if(Iterator first, Iterator last, Predicate predicate) {
    if constexpr (detail::is_random<Iterator>) {
        const detail::Index n = last - first;
        if (const int threads = detail::threads_for(n, 2 * detail::many_calls); threads > 1) {
            // Most searches that end early end here.
            const detail::Index head = detail::many_calls;
            const Iterator near = std::find_if(first, first + head, std::ref(predicate));
            if (near != first + head) return near;
            std::atomic<detail::Index> found{n};
            const detail::Index step = 4 * detail::many_calls, steps = (n - head + step - 1) / step;
            const detail::Blocks waves{steps, static_cast<int>(std::min<detail::Index>(steps, 1 << 20))};
            detail::each_block(waves, [&](detail::Index begin, detail::Index end) {
                const detail::Index from = head + begin * step, to = std::min(n, head + end * step);
                if (from > found.load(std::memory_order_relaxed)) return;
                const detail::Index at = std::find_if(first + from, first + to, std::ref(predicate)) - first;
                detail::Index best = found.load(std::memory_order_relaxed);
                while (at < to && at < best && !found.compare_exchange_weak(best, at, std::memory_order_relaxed)) {
                }
            });
            return first + found.load(std::memory_order_relaxed);
        }
    }
    return std::find_if(first, last, std::move(predicate));
}

template <class Iterator, class Predicate>
Iterator find_if_not(Iterator first, Iterator last, Predicate predicate) {
    return parallel::find_if(first, last, std::not_fn(std::move(predicate)));
}

template <class Iterator, class T>
Iterator find(Iterator first, Iterator last, const T& value) {
    return parallel::find_if(first, last, [&](const auto& element) { return element == value; });
}

template <class Iterator, class Predicate>
bool any_of(Iterator first, Iterator last, Predicate predicate) {
    return parallel::find_if(first, last, std::move(predicate)) != last;
}

template <class Iterator, class Predicate>
bool none_of(Iterator first, Iterator last, Predicate predicate) {
    return parallel::find_if(first, last, std::move(predicate)) == last;
}

template <class Iterator, class Predicate>
bool all_of(Iterator first, Iterator last, Predicate predicate) {
    return parallel::find_if_not(first, last, std::move(predicate)) == last;
}

namespace detail {

// The first element that none is better than, of `best` and a block: every block begins with the range's first element,
// as the serial search does, so that what compares with nothing (NaN) counts in the same way. Better ones are rare: a
// branch is foreseen, where a conditional move of the place would have each element wait for the load of the one before.
template <class Iterator, class Better>
Iterator extreme(Iterator best, Iterator first, Iterator last, Better better) {
    if constexpr (std::is_arithmetic_v<Value<Iterator>>) {
        auto value = *best;
        for (Iterator at = first; at != last; ++at) {
            const auto element = *at;
            if (better(element, value)) best = at, value = element;
        }
        return best;
    }
    for (Iterator at = first; at != last; ++at) {
        if (better(*at, *best)) best = at;
    }
    return best;
}

}  // namespace detail

template <class Iterator, class Compare = std::less<>>
Iterator min_element(Iterator first, Iterator last, Compare compare = {}) {
    if constexpr (detail::is_random<Iterator>) {
        const detail::Index n = last - first;
        if (const int threads = detail::threads_for(n, detail::many_calls); threads > 1) {
            const auto earlier = [&](Iterator a, Iterator b) { return compare(*b, *a) ? b : a; };
            const auto blocks = detail::fine_blocks(n, threads);
            return detail::fold_blocks(blocks, first, earlier, [&](detail::Index begin, detail::Index end) {
                return detail::extreme(first, first + begin, first + end, detail::by(compare));
            });
        }
    }
    return std::min_element(first, last, std::move(compare));
}

template <class Iterator, class Compare = std::less<>>
Iterator max_element(Iterator first, Iterator last, Compare compare = {}) {
    if constexpr (detail::is_random<Iterator>) {
        const detail::Index n = last - first;
        if (const int threads = detail::threads_for(n, detail::many_calls); threads > 1) {
            const auto earlier = [&](Iterator a, Iterator b) { return compare(*a, *b) ? b : a; };
            const auto blocks = detail::fine_blocks(n, threads);
            return detail::fold_blocks(blocks, first, earlier, [&](detail::Index begin, detail::Index end) {
                const auto is_more = [&](auto& element, auto& most) -> bool { return compare(most, element); };
                return detail::extreme(first, first + begin, first + end, is_more);
            });
        }
    }
    return std::max_element(first, last, std::move(compare));
}

// The first least and the last greatest element, as std::minmax_element has it.
template <class Iterator, class Compare = std::less<>>
std::pair<Iterator, Iterator> minmax_element(Iterator first, Iterator last, Compare compare = {}) {
    if constexpr (detail::is_random<Iterator>) {
        using Pair = std::pair<Iterator, Iterator>;
        const detail::Index n = last - first;
        if (const int threads = detail::threads_for(n, detail::many_calls); threads > 1) {
            const auto outer = [&](const Pair& a, const Pair& b) {
                return Pair(compare(*b.first, *a.first) ? b.first : a.first,
                            compare(*b.second, *a.second) ? a.second : b.second);
            };
            const auto blocks = detail::fine_blocks(n, threads);
            return detail::fold_blocks(blocks, Pair(first, first), outer, [&](detail::Index begin, detail::Index end) {
                return std::minmax_element(first + begin, first + end, detail::by(compare));
            });
        }
    }
    return std::minmax_element(first, last, std::move(compare));
}

}  // namespace parallel
