// How values travel between judge and worker: the worker lays them out, the judge fills them in and reads them back, in
// the worker's own memory and while the worker is stopped.
//
// So no moment exists in which a worker holds its inputs and is not on the clock. Two small messages go through shared
// memory instead of the values: the *shape* (the lengths of all containers; judge to worker) and the *map* (lengths and
// the addresses of their blocks; worker to judge). The judge treats a map as hostile: every length is bounded before it
// is believed, and an address can only be one of the worker's own.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "share.hpp"
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

// ---- values, by the judge ---------------------------------------------------------------------------------------

// Bytes that nobody can know.
using Noise = std::vector<std::uint8_t>;

// A worker's memory. Its descriptor was opened by the worker itself, before anything untrusted was loaded.
class Memory {
public:
    void attach(int descriptor) { descriptor_ = descriptor; }

    void read(std::uint64_t address, void* data, std::size_t bytes) const {
        share_out(bytes, grain, [&](std::size_t from, std::size_t to) {
            all_of(pread, static_cast<std::uint8_t*>(data) + from, address + from, to - from);
        });
    }
    void write(std::uint64_t address, const void* data, std::size_t bytes) {
        written_ += bytes;
        share_out(bytes, grain, [&](std::size_t from, std::size_t to) {
            all_of(pwrite, static_cast<const std::uint8_t*>(data) + from, address + from, to - from);
        });
    }

    void scribble(std::uint64_t address, std::size_t bytes, const Noise& noise) {
        share_out(bytes, grain, [&](std::size_t from, std::size_t to) {
            for (std::size_t done = from; done < to; done += noise.size())
                all_of(pwrite, noise.data(), address + done, std::min(noise.size(), to - done));
        });
        written_ += bytes;
    }

    std::size_t written() const { return written_; }

private:
    // The kernel looks up each page of another process, which takes longer than to copy it.
    static constexpr std::size_t grain = std::size_t{1} << 20;

    template <class Transfer, class At>
    void all_of(Transfer transfer, At at, std::uint64_t address, std::size_t bytes) const {
        while (bytes != 0) {
            const ssize_t n = transfer(descriptor_, at, bytes, static_cast<off_t>(address));
            if (n <= 0) throw std::length_error("an address that is not the process's own");
            at += n, address += static_cast<std::uint64_t>(n), bytes -= static_cast<std::size_t>(n);
        }
    }

    int descriptor_ = -1;
    std::size_t written_ = 0;
};

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

// Calls add(data, bytes) for each block of a value: equal values have equal blocks.
template <class T, class Add>
void for_blocks(const T& value, Add&& add) {
    if constexpr (is_block<T>) {
        add(static_cast<const std::uint8_t*>(Block<T>::data(value)), Block<T>::bytes(value.size()));
    } else if constexpr (is_plain<T> && !is_container<T>) {
        add(reinterpret_cast<const std::uint8_t*>(&value), sizeof value);
    } else if constexpr (IsPair<T>::value) {
        for_blocks(value.first, add);
        for_blocks(value.second, add);
    } else {
        for (const auto& e : value) for_blocks(e, add);
    }
}

// Adds a value to a digest (FNV-1a, by words): equal values give equal digests.
template <class T>
void digest(std::uint64_t& state, const T& value) {
    for_blocks(value, [&](const std::uint8_t* at, std::size_t bytes) {
        for (std::uint64_t word; bytes != 0;) {
            const std::size_t step = std::min(bytes, sizeof word);
            word = 0;
            std::memcpy(&word, at, step);
            state = (state ^ word) * 0x100000001b3ULL;
            at += step, bytes -= step;
        }
    });
}

// Reads values from where a map says, at most `left` bytes of them. With `noise`, writes over each block once it was read.
struct Fetcher {
    Memory& memory;
    Reader map;
    std::size_t left;
    std::size_t taken = 0;
    const Noise* noise = nullptr;

    template <class T>
    void fetch(T& value) {
        if constexpr (is_block<T>) {
            const std::uint64_t n = map.number();
            if (n > left * 8) throw std::length_error("far more data than the reference gives");
            bound(Block<T>::bytes(n));
            value.resize(n);
            take(map.number(), const_cast<void*>(Block<T>::data(value)), Block<T>::bytes(n));
        } else if constexpr (is_container<T>) {
            value.resize(map.count());
            for (auto& e : value) fetch(e);
        } else if constexpr (is_plain<T>) {
            bound(sizeof value);
            take(map.number(), static_cast<void*>(&value), sizeof value);
        } else if constexpr (IsPair<T>::value) {
            fetch(value.first);
            fetch(value.second);
        } else if constexpr (IsArray<T>::value) {
            for (auto& e : value) fetch(e);
        }
    }

private:
    void bound(std::size_t bytes) {
        if (bytes > left) throw std::length_error("far more data than the reference gives");
        left -= bytes;
        taken += bytes;
    }
    void take(std::uint64_t address, void* data, std::size_t bytes) {
        memory.read(address, data, bytes);
        if (noise != nullptr) memory.scribble(address, bytes, *noise);
    }
};

}  // namespace agentpar
