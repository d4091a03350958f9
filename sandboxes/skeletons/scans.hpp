// Scans: the head of a range, beside the totals of the blocks that follow it; then the blocks, from what precedes them.
#pragma once

#include "reductions.hpp"

namespace parallel {
namespace detail {

template <class Out, class T>
constexpr bool can_hold = is_apart<Out> && std::is_same_v<Value<Out>, T>;

// Scans a block in one thread, given what precedes it; returns what precedes the next.
template <bool inclusive, class In, class Out, class T, class Operation>
T scan_block(In first, Out out, Index begin, Index end, T total, Operation& operation) {
    for (Index i = begin; i < end; ++i) {
        if constexpr (inclusive) {
            total = operation(std::move(total), first[i]);
            out[i] = total;
        } else {
            T next = operation(total, first[i]);
            out[i] = std::move(total);
            total = std::move(next);
        }
    }
    return total;
}

template <bool inclusive, class In, class Out, class T, class Operation>
void scan(In first, Index n, Out out, std::optional<T> init, int threads, Operation& operation) {
    // While one thread scans the head, each other one combines a block; nobody does so with the last block, which nothing
    // follows. Adding numbers up takes half the time that scanning them takes, so the head is half as long as a block.
    constexpr Index length = is_plain_sum<Operation, T, Value<In>> ? 2 : 1;
    const Index head = n / (length * threads + 1);
    const Blocks blocks{n - head, threads};
    std::vector<std::optional<T>> before(static_cast<std::size_t>(threads));
    each(threads, [&](int number) {
        if (number > 0) {
            const Index begin = head + blocks.begin(number - 1), end = head + blocks.end(number - 1);
            const auto term = [&](Index i) -> decltype(auto) { return first[i]; };
            before[number].emplace(detail::reduce_block<T>(begin, end, operation, term));
        } else if (init) {
            before[0].emplace(detail::scan_block<inclusive>(first, out, 0, head, std::move(*init), operation));
        } else {
            T total = first[0];
            out[0] = total;
            before[0].emplace(detail::scan_block<inclusive>(first, out, 1, head, std::move(total), operation));
        }
    });
    for (int block = 1; block < threads; ++block) *before[block] = operation(*before[block - 1], *before[block]);
    each(threads, [&](int block) {
        const Index begin = head + blocks.begin(block), end = head + blocks.end(block);
        detail::scan_block<inclusive>(first, out, begin, end, std::move(*before[block]), operation);
    });
}

}  // namespace detail

template <class In, class Out, class Operation, class T>
Out inclusive_scan(In first, In last, Out out, Operation operation, T init) {
    if constexpr (detail::is_random<In> && detail::can_hold<Out, T> &&
                  detail::can_start<T, detail::Reference<In>, Operation>) {
        const detail::Index n = last - first;
        const int threads = detail::threads_for(n, detail::many_numbers);
        if (threads > 1 && detail::can_write(first, n, out)) {
            detail::scan<true>(first, n, out, std::optional<T>(std::move(init)), threads, operation);
            return out + n;
        }
    }
    return std::inclusive_scan(first, last, out, std::move(operation), std::move(init));
}

template <class In, class Out, class Operation = std::plus<>>
Out inclusive_scan(In first, In last, Out out, Operation operation = {}) {
    using T = detail::Value<In>;
    if constexpr (detail::is_random<In> && detail::can_hold<Out, T> && std::is_invocable_r_v<T, Operation&, T, T>) {
        const detail::Index n = last - first;
        const int threads = detail::threads_for(n, detail::many_numbers);
        if (threads > 1 && detail::can_write(first, n, out)) {
            detail::scan<true>(first, n, out, std::optional<T>(), threads, operation);
            return out + n;
        }
    }
    return std::inclusive_scan(first, last, out, std::move(operation));
}

template <class In, class Out, class Operation = std::plus<>>
Out partial_sum(In first, In last, Out out, Operation operation = {}) {
    return parallel::inclusive_scan(first, last, out, std::move(operation));
}

template <class In, class Out, class T, class Operation = std::plus<>>
Out exclusive_scan(In first, In last, Out out, T init, Operation operation = {}) {
    if constexpr (detail::is_random<In> && detail::can_hold<Out, T> &&
                  detail::can_start<T, detail::Reference<In>, Operation>) {
        const detail::Index n = last - first;
        const int threads = detail::threads_for(n, detail::many_numbers);
        if (threads > 1 && detail::can_write(first, n, out)) {
            detail::scan<false>(first, n, out, std::optional<T>(std::move(init)), threads, operation);
            return out + n;
        }
    }
    return std::exclusive_scan(first, last, out, std::move(init), std::move(operation));
}

}  // namespace parallel
