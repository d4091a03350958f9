// Values in a worker's memory: the judge writes and reads them there while the worker is stopped. See carry.hpp.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "carry.hpp"
#include "share.hpp"

namespace agentpar {

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
