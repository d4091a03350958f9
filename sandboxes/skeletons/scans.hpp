// Scans: each block as if nothing came before it, then all but the first again, to take in what does.
#pragma once

#include "reductions.hpp"

namespace parallel {
namespace detail {

template <class Out, class T>
constexpr bool can_hold = is_apart<Out> && std::is_same_v<Value<Out>, T>;

// Scans a block in one thread, its own first element first; returns the total, which no output need hold.
template <bool inclusive, class In, class Out, class T, class Operation>
T scan_block(In first, Out out, Index begin, Index end, T total, Operation& operation) {
    for (Index i = begin; i < end; ++i) {
        T next = operation(total, first[i]);
        out[i] = inclusive ? next : std::move(total);
        total = std::move(next);
    }
    return total;
}

template <bool inclusive, class In, class Out, class T, class Operation>
void scan(In first, Index n, Out out, std::optional<T> init, int threads, Operation& operation) {
    const Blocks blocks{n, threads};
    std::vector<std::optional<T>> totals(static_cast<std::size_t>(threads));
    each(threads, [&](int block) {
        const Index begin = blocks.begin(block);
        if (block == 0 && init) {
            totals[0] = detail::scan_block<inclusive>(first, out, begin, blocks.end(0), *init, operation);
            return;
        }
        // An exclusive output has nothing to hold yet; it is written when its predecessors are known.
        T total = first[begin];
        if (inclusive) out[begin] = total;
        const Index end = blocks.end(block);
        totals[block] = detail::scan_block<inclusive>(first, out, begin + 1, end, std::move(total), operation);
    });
    for (int block = 1; block < threads; ++block) totals[block] = operation(*totals[block - 1], *totals[block]);
    constexpr int parts = 4;
    each((threads - 1) * parts, [&](int number) {
        const int block = 1 + number / parts;
        const T& before = *totals[block - 1];
        const Blocks pieces{blocks.end(block) - blocks.begin(block), parts};
        Index begin = blocks.begin(block) + pieces.begin(number % parts);
        const Index end = blocks.begin(block) + pieces.end(number % parts);
        if (!inclusive && number % parts == 0) out[begin++] = before;
        if constexpr (is_plain_sum<Operation, T, T>) {
            const T shift = before;
#pragma omp simd
            for (Index i = begin; i < end; ++i) out[i] += shift;
        } else {
            for (Index i = begin; i < end; ++i) out[i] = operation(before, out[i]);
        }
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
