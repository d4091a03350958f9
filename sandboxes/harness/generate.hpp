// How inputs are generated, driven by types: containers recurse into their elements, structs into the fields that the
// generated driver lists.
#pragma once

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "numbers.hpp"
#include "share.hpp"
#include "traits.hpp"

namespace agentpar {

// xoshiro256** (Blackman and Vigna, 2018), seeded by splitmix64.
class Random {
public:
    explicit Random(std::uint64_t seed) {
        for (auto& s : state_) {
            seed += 0x9e3779b97f4a7c15ULL;
            std::uint64_t z = seed;
            z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
            z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
            s = z ^ (z >> 31);
        }
    }
    std::uint64_t next() {
        const std::uint64_t result = rotate(state_[1] * 5, 7) * 9, t = state_[1] << 17;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= t;
        state_[3] = rotate(state_[3], 45);
        return result;
    }
    double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
    std::uint64_t below(std::uint64_t n) { return n == 0 ? 0 : next() % n; }

private:
    static std::uint64_t rotate(std::uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }
    std::uint64_t state_[4];
};

constexpr std::int64_t most_elements = std::int64_t{1} << 28;

enum class Generator { uniform, ties, sorted, permutation, offsets, constant, graph };

// How one parameter's value is made: a length per container level, inclusive bounds of the innermost values. Where
// `shortest` has a level too, lengths there vary from it to the one in `lengths`.
struct Spec {
    std::vector<std::int64_t> lengths;
    double low = -1, high = 1;
    Generator generator = Generator::uniform;
    std::vector<std::int64_t> shortest{};
    // Those of integers, which in records may have their own.
    double least_integer = low, most_integer = high;
};

template <class T>
void generate(T& value, const Spec& spec, Random& random, std::size_t level = 0);

// Draws values of a spec, whose bounds are worked out once: a benchmark's inputs are millions of them.
template <class T>
class Draw {
public:
    explicit Draw(const Spec& spec) : generator_(spec.generator), low_(spec.low), span_(spec.high - spec.low) {
        if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
            low_ = std::is_unsigned_v<T> ? std::max(std::ceil(spec.least_integer), 0.0) : std::ceil(spec.least_integer);
            span_ = std::floor(spec.most_integer) - low_ + 1;
        }
    }
    T operator()(Random& random) const {
        double unit = random.unit();
        // Eight distinct values: duplicates and ties are where unstable or racy code shows.
        if (generator_ == Generator::ties) unit = std::floor(unit * 8) / 8;
        if constexpr (std::is_same_v<T, bool>) return span_ == 0 ? low_ != 0 : unit < 0.5;
        if constexpr (std::is_floating_point_v<T>) return static_cast<T>(low_ + unit * span_);
        // Half of all ends of edges lie in an eighth of the vertices: many threads meet at such hubs.
        if (generator_ == Generator::graph) unit = unit * unit * unit;
        if (span_ <= 1) return static_cast<T>(low_);
        // It is not negative, so that a cast rounds it down, much faster than floor(); beyond 2^53 nothing is left to round.
        const double drawn = unit * span_, whole = drawn < 0x1.0p53 ? static_cast<double>(static_cast<std::int64_t>(drawn)) : drawn;
        return static_cast<T>(low_ + std::min(whole, span_ - 1));
    }

private:
    Generator generator_;
    double low_, span_;
};

template <class T>
T draw(const Spec& spec, Random& random) {
    return Draw<T>(spec)(random);
}

// Fills a vector with drawn values. A large one is made of pieces, each from a sequence of its own: what comes of a seed
// does not depend on how many threads share them out.
template <class V, class D>
void draw_all(V& values, const D& draw, Random& random) {
    constexpr std::size_t piece = std::size_t{1} << 16;
    const std::size_t n = values.size();
    if (n < 2 * piece) {
        for (auto& value : values) value = draw(random);
        return;
    }
    const std::uint64_t seed = random.next();
    share_out((n + piece - 1) / piece, 1, [&](std::size_t from, std::size_t to) {
        for (std::size_t p = from; p < to; ++p) {
            Random own(seed + p);
            for (std::size_t i = p * piece; i < std::min(n, (p + 1) * piece); ++i) values[i] = draw(own);
        }
    });
}

// An edge joins two vertices: an end that equals the other moves to the next vertex.
template <class A, class B>
void separate(const A& one, B& other, const Spec& spec) {
    if (static_cast<std::int64_t>(one) != static_cast<std::int64_t>(other)) return;
    const double next = static_cast<double>(other) + 1;
    other = static_cast<B>(next <= std::floor(spec.most_integer) ? next : std::ceil(spec.least_integer));
}

// Edges as two arrays of ends.
template <class A, class B>
void separate_all(const A& ones, B& others, const Spec& spec) {
    for (std::size_t i = 0; i < std::min(ones.size(), others.size()); ++i) separate(ones[i], others[i], spec);
}

// Edges as records: the first two integers in each are its ends.
template <class E>
void separate_ends(E& edge, const Spec& spec) {
    int seen = 0;
    std::int64_t first = 0;
    const auto visit = [&](auto& end) {
        if constexpr (std::is_integral_v<std::decay_t<decltype(end)>>) {
            ++seen;
            if (seen == 1) first = static_cast<std::int64_t>(end);
            if (seen == 2) separate(first, end, spec);
        }
    };
    if constexpr (IsPair<E>::value) {
        visit(edge.first);
        visit(edge.second);
    } else if constexpr (IsArray<E>::value) {
        for (auto& end : edge) visit(end);
    } else {
        Fields<E>::each([&](const char*, auto& field, auto&) { visit(field); }, edge, edge);
    }
}

// Edges as lists of neighbours, one for each vertex: as many edges as were made, but hubs have most of them.
template <class L>
void connect(L& lists, const Spec& spec, Random& random) {
    std::size_t edges = 0;
    for (auto& list : lists) {
        edges += list.size();
        list.clear();
    }
    const Spec vertices{{}, 0, static_cast<double>(lists.size()) - 1, Generator::graph, {}};
    for (; edges > 0; --edges) {
        const std::int64_t from = draw<std::int64_t>(vertices, random);
        auto to = draw<typename L::value_type::value_type>(spec, random);
        separate(from, to, spec);
        lists[static_cast<std::size_t>(from)].push_back(to);
    }
}

template <class V>
void arrange(V& values, const Spec& spec, Random& random) {
    using E = typename V::value_type;
    if constexpr (std::is_same_v<E, std::string>) {
        // Of strings, too, eight distinct ones: what is drawn letter by letter is hardly ever equal.
        if (spec.generator == Generator::ties) {
            for (std::size_t i = 8; i < values.size(); ++i) values[i] = values[random.below(8)];
        }
        if (spec.generator == Generator::sorted) std::sort(values.begin(), values.end());
        if (spec.generator == Generator::constant) std::fill(values.begin(), values.end(), values.empty() ? E() : E(values[0]));
    } else if constexpr (IsVector<E>::value) {
        using N = typename E::value_type;
        if constexpr (std::is_integral_v<N> && !std::is_same_v<N, bool>) {
            if (spec.generator == Generator::graph) connect(values, spec, random);
        }
    } else if constexpr (std::is_class_v<E> && !IsComplex<E>::value) {
        if (spec.generator == Generator::graph) {
            for (E& edge : values) separate_ends(edge, spec);
        }
    } else if constexpr (std::is_arithmetic_v<E>) {
        if (spec.generator == Generator::sorted) std::sort(values.begin(), values.end());
        if (spec.generator == Generator::permutation) {
            for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<E>(i);
            for (std::size_t i = values.size(); i > 1; --i) {
                const std::size_t j = random.below(i);
                const E swapped = values[i - 1];
                values[i - 1] = values[j];
                values[j] = swapped;
            }
        }
        if (spec.generator == Generator::constant && !values.empty()) {
            const E first = values[0];
            for (std::size_t i = 0; i < values.size(); ++i) values[i] = first;
        }
        // Ascending from 0 to the upper bound, as the row offsets of a sparse matrix do.
        if (spec.generator == Generator::offsets && !values.empty()) {
            std::sort(values.begin(), values.end());
            values.front() = static_cast<E>(0);
            values.back() = static_cast<E>(values.size() > 1 ? spec.high : 0);
        }
    }
}

inline std::int64_t length_at(std::size_t level, const Spec& spec, Random& random) {
    const std::int64_t most = level < spec.lengths.size() ? spec.lengths[level] : 0;
    const std::int64_t least = level < spec.shortest.size() ? std::max<std::int64_t>(spec.shortest[level], 0) : most;
    return least < most ? least + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(most - least) + 1)) : most;
}

template <class T>
void generate(T& value, const Spec& spec, Random& random, std::size_t level) {
    if constexpr (IsVector<T>::value || std::is_same_v<T, std::string>) {
        const std::int64_t n = length_at(level, spec, random);
        if (n > most_elements) throw std::length_error("beyond the size agentpar carries");
        value.resize(static_cast<std::size_t>(std::max<std::int64_t>(n, 0)));
        if constexpr (std::is_same_v<T, std::string>) {
            for (char& c : value) c = static_cast<char>(draw<int>(spec, random));
        } else if constexpr (std::is_same_v<typename T::value_type, bool>) {
            for (auto&& bit : value) bit = random.unit() < 0.5;
        } else {
            if constexpr (std::is_arithmetic_v<typename T::value_type>) {
                draw_all(value, Draw<typename T::value_type>(spec), random);
            } else {
                for (auto& e : value) generate(e, spec, random, level + 1);
            }
            arrange(value, spec, random);
        }
    } else if constexpr (IsArray<T>::value) {
        for (auto& e : value) generate(e, spec, random, level + 1);
    } else if constexpr (IsPair<T>::value) {
        // The bounds are those of the numbers; a name beside a number is made of letters.
        Spec letters = spec;
        letters.least_integer = 'a', letters.most_integer = 'z';
        const auto one = [&](auto& part) {
            generate(part, std::is_same_v<std::decay_t<decltype(part)>, std::string> ? letters : spec, random, level);
        };
        one(value.first);
        one(value.second);
    } else if constexpr (IsComplex<T>::value) {
        using E = typename T::value_type;
        value = T(draw<E>(spec, random), draw<E>(spec, random));
    } else if constexpr (std::is_enum_v<T>) {
        value = static_cast<T>(draw<std::underlying_type_t<T>>(spec, random));
    } else if constexpr (std::is_arithmetic_v<T>) {
        value = draw<T>(spec, random);
    } else {
        Fields<T>::each([&](const char*, auto& field, auto&) { generate(field, spec, random, level + 1); }, value, value);
    }
}

}  // namespace agentpar
