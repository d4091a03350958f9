// One output or one call for each element.
#pragma once

#include "blocks.hpp"

namespace parallel {

template <class Iterator, class Function>
Function for_each(Iterator first, Iterator last, Function function) {
    if constexpr (detail::is_random<Iterator>) {
        const detail::Index n = last - first;
        if (const int threads = detail::threads_for(n, detail::many_calls); threads > 1) {
            detail::each_block(detail::fine_blocks(n, threads), [&](detail::Index begin, detail::Index end) {
                for (detail::Index i = begin; i < end; ++i) function(first[i]);
            });
            return function;
        }
    }
    return std::for_each(first, last, std::move(function));
}

template <class In, class Out, class Function>
Out transform(In first, In last, Out out, Function function) {
    if constexpr (detail::is_random<In> && detail::is_apart<Out>) {
        const detail::Index n = last - first;
        const int threads = detail::threads_for(n, detail::many_calls);
        if (threads > 1 && detail::can_write(first, n, out)) {
            detail::each_block(detail::fine_blocks(n, threads), [&](detail::Index begin, detail::Index end) {
                std::transform(first + begin, first + end, out + begin, std::ref(function));
            });
            return out + n;
        }
    }
    return std::transform(first, last, out, std::move(function));
}

template <class In, class Other, class Out, class Function>
Out transform(In first, In last, Other other, Out out, Function function) {
    if constexpr (detail::is_random<In> && detail::is_random<Other> && detail::is_apart<Out>) {
        const detail::Index n = last - first;
        const int threads = detail::threads_for(n, detail::many_calls);
        if (threads > 1 && detail::can_write(first, n, out) && detail::can_write(other, n, out)) {
            detail::each_block(detail::fine_blocks(n, threads), [&](detail::Index begin, detail::Index end) {
                std::transform(first + begin, first + end, other + begin, out + begin, std::ref(function));
            });
            return out + n;
        }
    }
    return std::transform(first, last, other, out, std::move(function));
}

template <class In, class Out>
Out copy(In first, In last, Out out) {
    if constexpr (detail::is_random<In> && detail::is_apart<Out>) {
        const detail::Index n = last - first;
        const int threads = detail::threads_for(n, detail::many_numbers);
        if (threads > 1 && detail::can_write(first, n, out)) {
            detail::each_block(detail::fine_blocks(n, threads), [&](detail::Index begin, detail::Index end) {
                std::copy(first + begin, first + end, out + begin);
            });
            return out + n;
        }
    }
    return std::copy(first, last, out);
}

template <class Iterator, class T>
void fill(Iterator first, Iterator last, const T& value) {
    if constexpr (detail::is_apart<Iterator> && std::is_copy_constructible_v<std::decay_t<const T&>>) {
        const detail::Index n = last - first;
        if (const int threads = detail::threads_for(n, detail::many_numbers); threads > 1) {
            const std::decay_t<const T&> kept = value;  // it may be one of the elements
            detail::each_block(detail::fine_blocks(n, threads), [&](detail::Index begin, detail::Index end) {
                std::fill(first + begin, first + end, kept);
            });
            return;
        }
    }
    std::fill(first, last, value);
}

template <class In, class Out, class Operation = std::minus<>>
Out adjacent_difference(In first, In last, Out out, Operation operation = {}) {
    if constexpr (detail::is_random<In> && detail::is_apart<Out>) {
        const detail::Index n = last - first;
        const int threads = detail::threads_for(n, detail::many_calls);
        if (threads > 1 && detail::can_write(first, n, out)) {
            const auto blocks = detail::fine_blocks(n, threads);
            // Where the output is the input itself, a block's predecessor is overwritten by another thread.
            std::vector<std::optional<detail::Value<In>>> before(static_cast<std::size_t>(blocks.count));
            for (int block = 1; block < blocks.count; ++block) before[block].emplace(first[blocks.begin(block) - 1]);
            detail::each(blocks.count, [&](int block) {
                const detail::Index begin = blocks.begin(block), end = blocks.end(block);
                if (block == 0) {
                    std::adjacent_difference(first, first + end, out, std::ref(operation));
                    return;
                }
                detail::Value<In> previous = std::move(*before[block]);
                for (detail::Index i = begin; i < end; ++i) {
                    detail::Value<In> current = first[i];
                    out[i] = operation(current, std::move(previous));
                    previous = std::move(current);
                }
            });
            return out + n;
        }
    }
    return std::adjacent_difference(first, last, out, std::move(operation));
}

}  // namespace parallel
