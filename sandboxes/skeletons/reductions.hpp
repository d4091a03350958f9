// Reductions: each block on its own, then the blocks' results in order.
#pragma once

#include "blocks.hpp"

namespace parallel {
namespace detail {

template <class Operation, class T>
constexpr bool is_sum = std::is_same_v<Operation, std::plus<>> || std::is_same_v<Operation, std::plus<T>>;

// Whether partial sums in vector registers are as good: numbers that are not rounded to whole ones between.
template <class Operation, class T, class Term>
constexpr bool is_plain_sum = is_sum<Operation, T> && std::is_arithmetic_v<T> && std::is_arithmetic_v<Term> &&
                              !std::is_same_v<T, bool>;

// Whether blocks can start from their own first term: `accumulate(…, 0)` over doubles rounds each sum.
template <class T, class Term, class Operation>
constexpr bool can_start = std::is_convertible_v<Term, T> && std::is_invocable_r_v<T, Operation&, T, T> &&
                           !(std::is_integral_v<T> && std::is_floating_point_v<std::decay_t<Term>>);

// term(begin) to term(end - 1) combined in order, by one thread; there is one at least.
template <class T, class Operation, class Term>
T reduce_block(Index begin, Index end, Operation& operation, Term term) {
    if constexpr (is_plain_sum<Operation, T, std::decay_t<decltype(term(begin))>>) {
        T sum{};
#pragma omp simd reduction(+ : sum)
        for (Index i = begin; i < end; ++i) sum += term(i);
        return sum;
    } else {
        T result = term(begin);
        for (Index i = begin + 1; i < end; ++i) result = operation(std::move(result), term(i));
        return result;
    }
}

// init combined with term(0) to term(n - 1), in order.
template <class T, class Operation, class Term>
T reduce_terms(Index n, int threads, T init, Operation& operation, Term term) {
    return detail::fold_blocks(fine_blocks(n, threads), std::move(init), operation, [&](Index begin, Index end) {
        return detail::reduce_block<T>(begin, end, operation, term);
    });
}

// What changes nothing: a block of `accumulate` with two operations starts from it.
template <class T, class Combine>
T neutral(const T& init, const Combine&) {
    if constexpr (is_sum<Combine, T>) return T();
    if constexpr (std::is_same_v<Combine, std::multiplies<>>) return T(1);
    return init;  // of minima, maxima, `and`, `or`
}

}  // namespace detail

template <class Iterator, class T, class Operation = std::plus<>>
T accumulate(Iterator first, Iterator last, T init, Operation operation = {}) {
    if constexpr (detail::is_random<Iterator> && detail::can_start<T, detail::Reference<Iterator>, Operation>) {
        const detail::Index n = last - first;
        if (const int threads = detail::threads_for(n, detail::many_numbers); threads > 1) {
            return detail::reduce_terms(n, threads, std::move(init), operation,
                                        [&](detail::Index i) -> decltype(auto) { return first[i]; });
        }
    }
    return std::accumulate(first, last, std::move(init), std::move(operation));
}

// The same where the operation does something to its right side first, as in `sum + x * x`: `combine` is what it does
// to two results.
template <class Iterator, class T, class Operation, class Combine>
T accumulate(Iterator first, Iterator last, T init, Operation operation, Combine combine) {
    if constexpr (detail::is_random<Iterator>) {
        const detail::Index n = last - first;
        if (const int threads = detail::threads_for(n, detail::many_calls); threads > 1) {
            const T start = detail::neutral(init, combine);
            const auto blocks = detail::fine_blocks(n, threads);
            return detail::fold_blocks(blocks, std::move(init), combine, [&](detail::Index begin, detail::Index end) {
                return std::accumulate(first + begin, first + end, start, std::ref(operation));
            });
        }
    }
    return std::accumulate(first, last, std::move(init), std::move(operation));
}

template <class Iterator, class T, class Operation = std::plus<>>
T reduce(Iterator first, Iterator last, T init, Operation operation = {}) {
    return parallel::accumulate(first, last, std::move(init), std::move(operation));
}

template <class Iterator>
detail::Value<Iterator> reduce(Iterator first, Iterator last) {
    return parallel::accumulate(first, last, detail::Value<Iterator>{});
}

template <class Iterator, class T, class Reduce, class Transform>
T transform_reduce(Iterator first, Iterator last, T init, Reduce reduce, Transform transform) {
    using Term = decltype(transform(*first));
    if constexpr (detail::is_random<Iterator> && detail::can_start<T, Term, Reduce>) {
        const detail::Index n = last - first;
        if (const int threads = detail::threads_for(n, detail::many_calls); threads > 1) {
            return detail::reduce_terms(n, threads, std::move(init), reduce,
                                        [&](detail::Index i) -> decltype(auto) { return transform(first[i]); });
        }
    }
    return std::transform_reduce(first, last, std::move(init), std::move(reduce), std::move(transform));
}

template <class Iterator, class Other, class T, class Reduce = std::plus<>, class Transform = std::multiplies<>>
T inner_product(Iterator first, Iterator last, Other other, T init, Reduce reduce = {}, Transform transform = {}) {
    using Term = decltype(transform(*first, *other));
    constexpr bool can_split = detail::is_random<Iterator> && detail::is_random<Other>;
    if constexpr (can_split && detail::can_start<T, Term, Reduce>) {
        const detail::Index n = last - first;
        if (const int threads = detail::threads_for(n, detail::many_calls); threads > 1) {
            const auto term = [&](detail::Index i) -> decltype(auto) { return transform(first[i], other[i]); };
            return detail::reduce_terms(n, threads, std::move(init), reduce, term);
        }
    }
    return std::inner_product(first, last, other, std::move(init), std::move(reduce), std::move(transform));
}

template <class Iterator, class Other, class T>
T transform_reduce(Iterator first, Iterator last, Other other, T init) {
    return parallel::inner_product(first, last, other, std::move(init));
}

template <class Iterator, class Other, class T, class Reduce, class Transform>
T transform_reduce(Iterator first, Iterator last, Other other, T init, Reduce reduce, Transform transform) {
    return parallel::inner_product(first, last, other, std::move(init), std::move(reduce), std::move(transform));
}

}  // namespace parallel
