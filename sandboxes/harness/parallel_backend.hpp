// What runs the standard library's parallel algorithms where they are watched for races: threads that ThreadSanitizer
// knows, instead of TBB, whose library is not instrumented. Included ahead of a candidate's source.
//
// It takes the place of libstdc++'s own header of that guard, and has what that declares in version 12. Where another
// wants more, Clang refuses the candidate, and the verdict says that races are unchecked. Each range is cut into as many
// blocks as there are threads, however short it is: what different elements must not share shows at any size.
#pragma once

#define _PSTL_PARALLEL_BACKEND_H

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace __pstl {
namespace agentpar_backend {

// Calls work(0) to work(count - 1), each in a thread of its own but the last, which is the caller's.
template <class Work>
void each(std::size_t count, Work work) {
    std::vector<std::thread> others;
    for (std::size_t number = 0; number + 1 < count; ++number) others.emplace_back([&work, number] { work(number); });
    if (count != 0) work(count - 1);
    for (std::thread& other : others) other.join();
}

// A range cut into blocks whose lengths differ by at most one; none of them is empty.
template <class Index>
class Blocks {
public:
    Blocks(Index first, Index last)
        : first_(first), length_(static_cast<std::size_t>(last - first)),
          count_(std::min<std::size_t>(length_, std::max(2u, std::thread::hardware_concurrency()))) {}
    std::size_t count() const { return count_; }
    Index begin(std::size_t block) const {
        return first_ + static_cast<std::ptrdiff_t>(length_ / count_ * block + std::min(block, length_ % count_));
    }
    Index end(std::size_t block) const { return begin(block + 1); }

private:
    Index first_;
    std::size_t length_, count_;
};

template <class T>
class __buffer {
public:
    explicit __buffer(std::size_t n) : size_(n), data_(std::allocator<T>().allocate(n)) {}
    __buffer(const __buffer&) = delete;
    __buffer& operator=(const __buffer&) = delete;
    ~__buffer() { std::allocator<T>().deallocate(data_, size_); }
    operator bool() const { return data_ != nullptr; }
    T* get() const { return data_; }

private:
    std::size_t size_;
    T* data_;
};

inline void __cancel_execution() {}

template <class Policy, class Index, class Body>
void __parallel_for(Policy&&, Index first, Index last, Body body) {
    const Blocks<Index> blocks(first, last);
    agentpar_backend::each(blocks.count(), [&](std::size_t block) { body(blocks.begin(block), blocks.end(block)); });
}

template <class Policy, class Value, class Index, class Body, class Reduction>
Value __parallel_reduce(Policy&&, Index first, Index last, const Value& identity, const Body& body,
                        const Reduction& reduction) {
    const Blocks<Index> blocks(first, last);
    std::vector<std::optional<Value>> parts(blocks.count());
    agentpar_backend::each(blocks.count(), [&](std::size_t block) {
        parts[block].emplace(body(blocks.begin(block), blocks.end(block), identity));
    });
    Value result = identity;
    for (auto& part : parts) result = reduction(result, *part);
    return result;
}

template <class Policy, class Index, class Unary, class T, class Combine, class Reduce>
T __parallel_transform_reduce(Policy&&, Index first, Index last, Unary unary, T init, Combine combine, Reduce reduce) {
    const Blocks<Index> blocks(first, last);
    std::vector<std::optional<T>> parts(blocks.count());
    agentpar_backend::each(blocks.count(), [&](std::size_t block) {
        const Index begin = blocks.begin(block);
        parts[block].emplace(reduce(begin + 1, blocks.end(block), T(unary(begin))));
    });
    for (auto& part : parts) init = combine(init, *part);
    return init;
}

template <class Policy, class Index, class T, class Reduce, class Combine, class Scan, class Apex>
void __parallel_strict_scan(Policy&&, Index n, T initial, Reduce reduce, Combine combine, Scan scan, Apex apex) {
    const Blocks<Index> blocks(Index(0), n);
    const auto length = [&](std::size_t block) { return blocks.end(block) - blocks.begin(block); };
    std::vector<std::optional<T>> parts(blocks.count());
    agentpar_backend::each(blocks.count(), [&](std::size_t block) {
        parts[block].emplace(reduce(blocks.begin(block), length(block)));
    });
    std::vector<T> before;
    T total = initial;
    for (auto& part : parts) {
        before.push_back(total);
        total = combine(total, *part);
    }
    apex(total);
    agentpar_backend::each(blocks.count(), [&](std::size_t block) {
        scan(blocks.begin(block), length(block), before[block]);
    });
}

template <class Policy, class Index, class Unary, class T, class Combine, class Reduce, class Scan>
T __parallel_transform_scan(Policy&&, Index n, Unary unary, T init, Combine combine, Reduce reduce, Scan scan) {
    const Blocks<Index> blocks(Index(0), n);
    std::vector<std::optional<T>> parts(blocks.count());
    agentpar_backend::each(blocks.count(), [&](std::size_t block) {
        const Index begin = blocks.begin(block);
        parts[block].emplace(reduce(begin + 1, blocks.end(block), T(unary(begin))));
    });
    std::vector<T> before;
    T total = init;
    for (auto& part : parts) {
        before.push_back(total);
        total = combine(total, *part);
    }
    agentpar_backend::each(blocks.count(), [&](std::size_t block) {
        (void)scan(blocks.begin(block), blocks.end(block), before[block]);
    });
    return total;
}

template <class Policy, class Iterator, class Compare, class Leaf>
void __parallel_stable_sort(Policy&&, Iterator first, Iterator last, Compare compare, Leaf leaf, std::size_t = 0) {
    const Blocks<Iterator> blocks(first, last);
    agentpar_backend::each(blocks.count(), [&](std::size_t block) {
        leaf(blocks.begin(block), blocks.end(block), compare);
    });
    for (std::size_t block = 1; block < blocks.count(); ++block)
        std::inplace_merge(first, blocks.begin(block), blocks.end(block), compare);
}

template <class Policy, class One, class Other, class Out, class Compare, class Leaf>
void __parallel_merge(Policy&&, One first, One last, Other other, Other other_last, Out out, Compare compare, Leaf leaf) {
    const One middle = first + (last - first) / 2;
    const Other other_middle = middle == last ? other : std::lower_bound(other, other_last, *middle, compare);
    const Out out_middle = out + (middle - first) + (other_middle - other);
    agentpar_backend::each(2, [&](std::size_t half) {
        if (half == 0) leaf(first, middle, other, other_middle, out, compare);
        else leaf(middle, last, other_middle, other_last, out_middle, compare);
    });
}

template <class Policy, class One, class Other>
void __parallel_invoke(Policy&&, One&& one, Other&& other) {
    agentpar_backend::each(2, [&](std::size_t half) {
        if (half == 0) one();
        else other();
    });
}

}  // namespace agentpar_backend

namespace __par_backend = agentpar_backend;

}  // namespace __pstl
