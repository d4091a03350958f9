// How values travel between judge and worker: the worker lays them out, the judge fills them in and reads them back, in
// the worker's own memory and while the worker is stopped.
//
// So no moment exists in which a worker holds its inputs and is not on the clock. Two small messages go through shared
// memory instead of the values: the *shape* (the lengths of all containers; judge to worker) and the *map* (lengths and
// the addresses of their blocks; worker to judge). The judge treats a map as hostile: every length is bounded before it
// is believed, and an address can only be one of the worker's own.
#pragma once

#include <algorithm>
#include <stdexcept>

#include "traits.hpp"

namespace agentpar {

class Writer {
public:
    Writer(std::uint8_t* begin, std::size_t capacity) : begin_(begin), at_(begin), end_(begin + capacity) {}

    void number(std::uint64_t value) {
        if (static_cast<std::size_t>(end_ - at_) < sizeof value) throw std::length_error("more pieces than the buffer holds");
        std::memcpy(at_, &value, sizeof value);
        at_ += sizeof value;
    }
    void address(const void* block) { number(reinterpret_cast<std::uintptr_t>(block)); }
    std::size_t bytes() const { return static_cast<std::size_t>(at_ - begin_); }

private:
    std::uint8_t *begin_, *at_, *end_;
};

class Reader {
public:
    Reader() = default;
    Reader(const std::uint8_t* begin, std::size_t bytes) : at_(begin), end_(begin + bytes) {}

    std::uint64_t number() {
        std::uint64_t value = 0;
        if (left() < sizeof value) throw std::length_error("truncated");
        std::memcpy(&value, at_, sizeof value);
        at_ += sizeof value;
        return value;
    }
    // A count of pieces that each take at least one number of what is left.
    std::size_t count() {
        const std::uint64_t n = number();
        if (n > left() / sizeof(std::uint64_t)) throw std::length_error("length beyond the data");
        return static_cast<std::size_t>(n);
    }
    std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }

private:
    const std::uint8_t *at_ = nullptr, *end_ = nullptr;
};

// The bytes behind a container of plain elements. std::vector<bool> keeps its bits in words.
template <class V>
struct Block {
    static std::size_t bytes(std::size_t n) { return n * sizeof(typename V::value_type); }
    static const void* data(const V& value) { return value.data(); }
};
template <class A>
struct Block<std::vector<bool, A>> {
    static std::size_t bytes(std::size_t n) { return (n + 63) / 64 * sizeof(std::uint64_t); }
    static const void* data(const std::vector<bool, A>& value) { return value.begin()._M_p; }
};

template <class T>
constexpr bool is_block = is_container<T> && is_plain<typename std::conditional_t<is_container<T>, T, std::string>::value_type>;

// ---- shape and map ----------------------------------------------------------------------------------------------

// Judge: the lengths of all containers in a value.
template <class T>
void write_shape(Writer& out, const T& value) {
    if constexpr (is_container<T>) {
        out.number(value.size());
        if constexpr (!is_block<T>)
            for (const auto& e : value) write_shape(out, e);
    } else if constexpr (is_plain<T>) {
    } else if constexpr (IsPair<T>::value) {
        write_shape(out, value.first);
        write_shape(out, value.second);
    } else if constexpr (IsArray<T>::value) {
        for (const auto& e : value) write_shape(out, e);
    } else {
        static_assert(is_plain<T>, "agentpar cannot carry this type");
    }
}

// Worker: a value of that shape, as new, but in the memory it has where that is as much as a new one would take. For a
// large one the kernel's fresh pages can take ten times as long as the call, and as irregularly.
template <class T>
void take_shape(Reader& in, T& value) {
    if constexpr (is_container<T>) {
        // Strings and the bits of a vector have room to spare from the beginning.
        constexpr std::size_t spare = std::is_same_v<T, std::string> || std::is_same_v<typename T::value_type, bool> ? 63 : 0;
        const auto n = static_cast<std::size_t>(in.number());
        if (value.size() != n || value.capacity() > n + spare) {
            value = T();
            value.resize(n);
        }
        if constexpr (!is_block<T>)
            for (auto& e : value) take_shape(in, e);
    } else if constexpr (!is_plain<T> && IsPair<T>::value) {
        take_shape(in, value.first);
        take_shape(in, value.second);
    } else if constexpr (!is_plain<T> && IsArray<T>::value) {
        for (auto& e : value) take_shape(in, e);
    }
}

// Worker: where the parts of a value lie.
template <class T>
void write_map(Writer& out, const T& value) {
    if constexpr (is_container<T>) {
        out.number(value.size());
        if constexpr (is_block<T>) {
            out.address(Block<T>::data(value));
        } else {
            for (const auto& e : value) write_map(out, e);
        }
    } else if constexpr (is_plain<T>) {
        out.address(&value);
    } else if constexpr (IsPair<T>::value) {
        write_map(out, value.first);
        write_map(out, value.second);
    } else if constexpr (IsArray<T>::value) {
        for (const auto& e : value) write_map(out, e);
    }
}

// Follows a map that must have a value's shape: calls at(address, data, bytes) for each of its blocks.
template <class At, class T>
void follow(Reader& map, const T& value, At&& at) {
    if constexpr (is_container<T>) {
        if (map.number() != value.size()) throw std::length_error("inputs of another shape");
        if constexpr (is_block<T>) {
            at(map.number(), Block<T>::data(value), Block<T>::bytes(value.size()));
        } else {
            for (const auto& e : value) follow(map, e, at);
        }
    } else if constexpr (is_plain<T>) {
        at(map.number(), static_cast<const void*>(&value), sizeof value);
    } else if constexpr (IsPair<T>::value) {
        follow(map, value.first, at);
        follow(map, value.second, at);
    } else if constexpr (IsArray<T>::value) {
        for (const auto& e : value) follow(map, e, at);
    }
}

}  // namespace agentpar
