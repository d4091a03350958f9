// What workers gave back: how two of them differ, and what tells whether rounds had the same.
#pragma once

#include <algorithm>
#include <array>

#include "call.hpp"
#include "compare.hpp"
#include "memory.hpp"

namespace agentpar {

// An answer that a later one may be the same as. `given` stands for sizes and scalars; the bytes are those of the
// arguments that the call may change, as they were and as they are.
struct Known {
    std::uint64_t given, result, digest;
    std::string before, after;

    // Whether one and the same call can have made both: each bit is the same, or was left as it was in both.
    bool same(const Known& other) const {
        if (given != other.given || result != other.result || after.size() != other.after.size() || before.size() != after.size() || other.before.size() != after.size())
            return false;
        for (std::size_t i = 0; i < after.size(); ++i)
            if (((after[i] ^ other.after[i]) & ((after[i] ^ before[i]) | (other.after[i] ^ other.before[i]))) != 0) return false;
        return true;
    }
};

template <class Subject>
class Answers {
    using F = typename Subject::Function;
    using C = Call<F>;

public:
    // The first difference, in words; nothing where there is none.
    static std::string difference(const Tolerance& tolerance, const std::vector<double>& typical, const typename C::Arguments& inputs, const Outputs<F>& want,
                                  const Outputs<F>& have, bool with_const) {
        if constexpr (Subject::compares) {
            return Subject::difference(inputs, want, have);
        } else {
            const auto like = [&](std::size_t i) { return i < typical.size() ? typical[i] : 0; };
            Comparison comparison(tolerance);
            comparison.check("the result", want.result, have.result, like(0));
            C::for_references(with_const, [&](auto i) {
                comparison.check(Subject::parameters[i], std::get<i>(want.arguments), std::get<i>(have.arguments), like(i + 1));
            });
            return comparison.difference();
        }
    }

    // How large the result and each argument are, as far as they are real or complex numbers; 0 for all others.
    static std::vector<double> scales_of(const Outputs<F>& outputs) {
        std::vector<double> scales(C::arity + 1);
        scales[0] = std::sqrt(square_of(outputs.result));
        C::for_references(false, [&](auto i) { scales[i + 1] = std::sqrt(square_of(std::get<i>(outputs.arguments))); });
        return scales;
    }

    // Makes the plain values of a call those of another.
    static void copy_scalars(const typename C::Arguments& from, typename C::Arguments& to) { copy_scalars(from, to, std::make_index_sequence<C::arity>{}); }

    // Tells whether two rounds had the same answer, without telling the answer. What a call left as it was is no part of
    // an answer: of small inputs, the digest is that of the first answer that is the same as far as it was written.
    template <class Dims>
    static std::uint64_t digest_of(std::vector<Known>& known, const Dims& dims, const typename C::Arguments& arguments, const Outputs<F>& want, std::size_t input_bytes) {
        Known one{scalars_of(arguments), digest_seed, 0, "", ""};
        for (const auto& each : dims) digest(one.given, each);
        digest(one.result, want.result);
        one.digest = one.result;
        C::for_references(false, [&](auto i) { digest(one.digest, std::get<i>(want.arguments)); });
        if (input_bytes > most_recurring_bytes) return one.digest;
        const auto append = [](std::string& to) {
            return [&to](const std::uint8_t* at, std::size_t bytes) { to.append(reinterpret_cast<const char*>(at), bytes); };
        };
        C::for_references(false, [&](auto i) {
            for_blocks(std::get<i>(arguments), append(one.before));
            for_blocks(std::get<i>(want.arguments), append(one.after));
        });
        const auto found = std::find_if(known.begin(), known.end(), [&](const Known& each) { return each.same(one); });
        if (found != known.end()) return found->digest;
        known.push_back(one);
        return one.digest;
    }

    // Tells whether two rounds had the same scalars.
    static std::uint64_t scalars_of(const typename C::Arguments& arguments) {
        std::uint64_t state = digest_seed;
        const auto add = [&](const auto& argument) {
            if constexpr (is_plain<std::decay_t<decltype(argument)>>) digest(state, argument);
        };
        std::apply([&](const auto&... all) { (add(all), ...); }, arguments);
        return state;
    }

    // For each output what tells its values from others, by name, as JSON; 0 where the call left it as it was, and nothing
    // of large inputs.
    static std::string outputs_of(const typename C::Arguments& arguments, const Outputs<F>& want, std::size_t input_bytes) {
        if (input_bytes > most_recurring_bytes) return "{}";
        std::string told;
        const auto tell = [&](const std::string& name, std::uint64_t of) { told += (told.empty() ? "\"" : ",\"") + name + "\":\"" + std::to_string(of) + '"'; };
        if (C::has_result) {
            std::uint64_t state = digest_seed;
            digest(state, want.result);
            tell("the result", state);
        }
        C::for_references(false, [&](auto i) {
            std::uint64_t before = digest_seed, after = digest_seed;
            digest(before, std::get<i>(arguments));
            digest(after, std::get<i>(want.arguments));
            tell(Subject::parameters[i], before == after ? 0 : after);
        });
        return '{' + told + '}';
    }

    // Tells whether two rounds had the same in all that the reference leaves as it is. Large inputs never have.
    static std::uint64_t unchanged_of(const typename C::Arguments& arguments, const Outputs<F>& want, std::size_t input_bytes) {
        std::uint64_t state = digest_seed;
        if (input_bytes > most_recurring_bytes) return state;
        std::array<bool, C::arity> is_changed{};
        C::for_references(false, [&](auto i) {
            std::uint64_t before = digest_seed, after = digest_seed;
            digest(before, std::get<i>(arguments));
            digest(after, std::get<i>(want.arguments));
            is_changed[i] = before != after;
        });
        std::size_t at = 0;
        const auto add = [&](const auto& argument) {
            if (!is_changed[at]) digest(state, at), digest(state, argument);
            ++at;
        };
        std::apply([&](const auto&... all) { (add(all), ...); }, arguments);
        return state;
    }

private:
    template <std::size_t... i>
    static void copy_scalars(const typename C::Arguments& from, typename C::Arguments& to, std::index_sequence<i...>) {
        const auto copy = [](const auto& one, auto& other) {
            if constexpr (is_plain<std::decay_t<decltype(one)>>) other = one;
        };
        (copy(std::get<i>(from), std::get<i>(to)), ...);
    }

    static constexpr std::uint64_t digest_seed = 0xcbf29ce484222325ULL;
    static constexpr std::size_t most_recurring_bytes = 1 << 16;
};

}  // namespace agentpar
