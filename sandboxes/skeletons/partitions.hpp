// Moving elements to where a predicate sends them.
#pragma once

#include "blocks.hpp"

namespace parallel {
namespace detail {

// Which elements are kept, asked in parallel and each once; and how many are kept before each block.
struct Kept {
    Blocks blocks;
    std::vector<unsigned char> is_kept;
    std::vector<Index> before;

    template <class Keep>
    Kept(Index n, int threads, Keep keep)
        : blocks(fine_blocks(n, threads)),
          is_kept(static_cast<std::size_t>(n)),
          before(static_cast<std::size_t>(blocks.count) + 1) {
        each(blocks.count, [&](int block) {
            Index kept = 0;
            for (Index i = blocks.begin(block); i < blocks.end(block); ++i) kept += is_kept[i] = keep(i) ? 1 : 0;
            before[block + 1] = kept;
        });
        std::partial_sum(before.begin(), before.end(), before.begin());
    }
    Index total() const { return before.back(); }

    // How many of the first n elements are kept.
    Index among(Index n) const {
        int block = 0;
        while (block + 1 < blocks.count && blocks.end(block) <= n) ++block;
        return std::accumulate(is_kept.data() + blocks.begin(block), is_kept.data() + n, before[block]);
    }

    // Calls put(i, where) for each element that is kept, or for each other one, `where` counting them from 0.
    //
    // In vain ones, too, which the next one at the same place makes good: no branch is then guessed wrongly.
    template <bool kept, bool in_vain, class Put>
    void place(Put put) const {
        each(blocks.count, [&](int block) {
            const auto start = [&](int at) { return kept ? before[at] : blocks.begin(at) - before[at]; };
            Index where = start(block);
            const Index stop = start(block + 1);
            for (Index i = blocks.begin(block); where < stop; ++i) {
                const bool is_wanted = (is_kept[i] != 0) == kept;
                if (in_vain || is_wanted) put(i, where);
                where += is_wanted;
            }
        });
    }
};

template <class T>
constexpr bool is_plain = std::is_trivially_copyable_v<T>;

// Moves the kept elements to the front, the others behind them if `all`, else leaving what is there as it is; false
// where there is no memory for it.
template <bool all, class Iterator>
bool gather(Iterator first, const Kept& kept) {
    using T = Value<Iterator>;
    const Index total = kept.total(), wanted = all ? kept.blocks.n : total;
    Room<T> room(wanted);
    const auto spare = room.data();
    if (spare == nullptr) return false;
    kept.place<true, is_plain<T>>([&](Index i, Index where) {
        ::new (static_cast<void*>(spare + where)) T(std::move(first[i]));
    });
    if (all) {
        kept.place<false, is_plain<T>>([&](Index i, Index where) {
            ::new (static_cast<void*>(spare + total + where)) T(std::move(first[i]));
        });
    }
    room.made = wanted;
    each_block({wanted, kept.blocks.count}, [&](Index begin, Index end) {
        std::move(spare + begin, spare + end, first + begin);
    });
    return true;
}

}  // namespace detail

// Arranges the elements exactly as the GNU library does: the first that is out of place changes with the last that is.
template <class Iterator, class Predicate>
Iterator partition(Iterator first, Iterator last, Predicate predicate) {
    if constexpr (detail::is_apart<Iterator>) {
        const detail::Index n = last - first;
        if (const int threads = detail::threads_for(n, detail::many_calls); threads > 1) {
            const detail::Kept kept(n, threads, [&](detail::Index i) -> bool { return predicate(first[i]); });
            const detail::Index total = kept.total(), swaps = total - kept.among(total);
            // Where the ones that are out of place stand: those on the left from the left, the others from the right.
            std::vector<detail::Index> left(static_cast<std::size_t>(n - total));
            std::vector<detail::Index> right(static_cast<std::size_t>(total));
            kept.place<false, true>([&](detail::Index i, detail::Index where) { left[where] = i; });
            kept.place<true, true>([&](detail::Index i, detail::Index where) { right[total - 1 - where] = i; });
            detail::each_block(detail::fine_blocks(swaps, threads), [&](detail::Index begin, detail::Index end) {
                for (detail::Index i = begin; i < end; ++i) std::iter_swap(first + left[i], first + right[i]);
            });
            return first + total;
        }
    }
    return std::partition(first, last, std::move(predicate));
}

template <class Iterator, class Predicate>
Iterator stable_partition(Iterator first, Iterator last, Predicate predicate) {
    if constexpr (detail::is_movable<Iterator>) {
        const detail::Index n = last - first;
        if (const int threads = detail::threads_for(n, detail::many_calls); threads > 1) {
            const detail::Kept kept(n, threads, [&](detail::Index i) -> bool { return predicate(first[i]); });
            if (detail::gather<true>(first, kept)) return first + kept.total();
        }
    }
    return std::stable_partition(first, last, std::move(predicate));
}

template <class Iterator, class Predicate>
Iterator remove_if(Iterator first, Iterator last, Predicate predicate) {
    if constexpr (detail::is_movable<Iterator>) {
        const detail::Index n = last - first;
        if (const int threads = detail::threads_for(n, detail::many_calls); threads > 1) {
            const detail::Kept kept(n, threads, [&](detail::Index i) -> bool { return !predicate(first[i]); });
            if (detail::gather<false>(first, kept)) return first + kept.total();
        }
    }
    return std::remove_if(first, last, std::move(predicate));
}

template <class Iterator, class Equal = std::equal_to<>>
Iterator unique(Iterator first, Iterator last, Equal equal = {}) {
    if constexpr (detail::is_movable<Iterator>) {
        const detail::Index n = last - first;
        if (const int threads = detail::threads_for(n, detail::many_calls); threads > 1) {
            const auto is_new = [&](detail::Index i) -> bool { return i == 0 || !equal(first[i - 1], first[i]); };
            const detail::Kept kept(n, threads, is_new);
            if (detail::gather<false>(first, kept)) return first + kept.total();
        }
    }
    return std::unique(first, last, std::move(equal));
}

template <class In, class Out, class Predicate>
Out copy_if(In first, In last, Out out, Predicate predicate) {
    if constexpr (detail::is_random<In> && detail::is_apart<Out>) {
        const detail::Index n = last - first;
        if (const int threads = detail::threads_for(n, detail::many_calls); threads > 1) {
            const detail::Kept kept(n, threads, [&](detail::Index i) -> bool { return predicate(first[i]); });
            constexpr bool is_plain = detail::is_plain<detail::Value<Out>>;
            kept.place<true, is_plain>([&](detail::Index i, detail::Index where) { out[where] = first[i]; });
            return out + kept.total();
        }
    }
    return std::copy_if(first, last, out, std::move(predicate));
}

// Puts the same element at `nth` as std::nth_element, and on each side of it what belongs there.
template <class Iterator, class Compare = std::less<>>
void nth_element(Iterator first, Iterator nth, Iterator last, Compare compare = {}) {
    if constexpr (detail::is_apart<Iterator> && std::is_copy_constructible_v<detail::Value<Iterator>>) {
        while (detail::threads_for(last - first, 8 * detail::many_calls) > 1) {
            constexpr int size = 63;
            Iterator sample[size];
            for (int i = 0; i < size; ++i) sample[i] = first + (last - first) / size * i;
            const auto is_less = [&](Iterator a, Iterator b) -> bool { return compare(*a, *b); };
            // A pivot a little beyond the place that is sought leaves most of the elements on the other side.
            const auto rank = static_cast<int>((nth - first) / ((last - first) / size + 1));
            const int wanted = rank < size / 2 ? std::min(rank + 6, size / 2) : std::max(rank - 6, size / 2);
            std::nth_element(sample, sample + wanted, sample + size, is_less);
            const detail::Value<Iterator> pivot = *sample[wanted];
            const auto is_below = [&](const auto& element) -> bool { return compare(element, pivot); };
            const Iterator middle = parallel::partition(first, last, is_below);
            if (nth < middle) {
                last = middle;
                continue;
            }
            const auto is_equal = [&](const auto& element) -> bool { return !compare(pivot, element); };
            first = parallel::partition(middle, last, is_equal);
            if (nth < first) return;
        }
    }
    std::nth_element(first, nth, last, std::move(compare));
}

}  // namespace parallel
