// Which rank has which part of the data, before a call and after it; and why ranks' outputs are wrong.
//
// Every rank is called with arguments of the serial call's lengths. What it does not own holds values of other inputs
// before the call and is not looked at after it.
#pragma once

#include <algorithm>
#include <cmath>

#include "numbers.hpp"
#include "traits.hpp"

namespace agentpar {

// All ranks have all of it; rank 0 has; each has a block of its rows.
enum class Owner { replicated, root, blocks };

struct Rank {
    std::size_t number, count;
};

// Calls action(part, others...) for the innermost plain parts of values, as far as all reach.
template <class Action, class T, class... Others>
void parts(Action&& action, T& value, const Others&... others) {
    if constexpr (is_container<T>) {
        for (std::size_t i = 0; i < std::min({value.size(), others.size()...}); ++i) {
            if constexpr (std::is_same_v<T, std::vector<bool>>) {
                bool bit = value[i];
                action(bit, static_cast<bool>(others[i])...);
                value[i] = bit;
            } else {
                parts(action, value[i], others[i]...);
            }
        }
    } else if constexpr (IsPair<T>::value) {
        parts(action, value.first, others.first...);
        parts(action, value.second, others.second...);
    } else if constexpr (IsArray<T>::value) {
        for (std::size_t i = 0; i < std::size(value); ++i) parts(action, value[i], others[i]...);
    } else {
        action(value, others...);
    }
}

struct Assign {
    template <class T>
    void operator()(T& to, const T& from) const {
        to = from;
    }
};

// Puts another's values where a rank owns none. `rows` is the extent of the first dimension; 0 where each element counts.
template <class T>
void replace_foreign(T& value, const T& other, Owner owner, std::int64_t rows, Rank rank) {
    if (owner == Owner::replicated || rank.count == 1) return;
    if (owner == Owner::root && rank.number == 0) return;
    if constexpr (is_container<T> || IsArray<T>::value) {
        if (owner == Owner::blocks) {
            std::size_t n = rows > 0 ? static_cast<std::size_t>(rows) : std::size(value);
            if (n == 0 || std::size(value) % n != 0) n = std::size(value);
            const std::size_t row = n == 0 ? 0 : std::size(value) / n;
            const std::size_t begin = n * rank.number / rank.count * row, end = n * (rank.number + 1) / rank.count * row;
            for (std::size_t i = 0; i < std::min(std::size(value), std::size(other)); ++i) {
                if (i >= begin && i < end) continue;
                if constexpr (std::is_same_v<T, std::vector<bool>>) value[i] = other[i];
                else parts(Assign{}, value[i], other[i]);
            }
            return;
        }
    }
    parts(Assign{}, value, other);
}

// Adds what another rank has, where that can be added.
struct Add {
    template <class T>
    void operator()(T& sum, const T& part) const {
        if constexpr ((std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) || IsComplex<T>::value) sum = static_cast<T>(sum + part);
    }
};

// Takes another rank's value where it is nearer to the right one.
struct TakeNearer {
    template <class T>
    void operator()(T& value, const T& other, const T& right) const {
        if constexpr (std::is_arithmetic_v<T> || IsComplex<T>::value) {
            const auto apart = [&](const T& x) { return std::abs(std::complex<double>(x) - std::complex<double>(right)); };
            if (!(apart(value) <= apart(other))) value = other;
        } else {
            if (std::memcmp(&other, &right, sizeof(T)) == 0) value = other;
        }
    }
};

}  // namespace agentpar
