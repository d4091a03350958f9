// What workers gave back: how two of them differ, and what tells whether rounds had the same.
#pragma once

#include <array>

#include "call.hpp"
#include "carry.hpp"
#include "compare.hpp"

namespace agentpar {

// What a worker gave back, as values.
template <class F>
struct Outputs {
    typename Call<F>::Result result{};
    typename Call<F>::Arguments arguments{};
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
            Comparison comparison(tolerance, typical);
            check(comparison, want, have, with_const);
            return comparison.difference();
        }
    }

    // How large, in an answer, each number is that stands by itself.
    static std::vector<double> scales_of(const Outputs<F>& outputs, bool with_const) {
        if constexpr (Subject::compares) {
            return {};
        } else {
            Comparison comparison(Tolerance{});
            check(comparison, outputs, outputs, with_const);
            return comparison.scales();
        }
    }

    // Tells whether two rounds had the same answer, without telling the answer.
    static std::uint64_t digest_of(const Outputs<F>& outputs) {
        std::uint64_t state = digest_seed;
        digest(state, outputs.result);
        C::for_references(false, [&](auto i) { digest(state, std::get<i>(outputs.arguments)); });
        return state;
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
    static void check(Comparison& comparison, const Outputs<F>& want, const Outputs<F>& have, bool with_const) {
        comparison.check("the result", want.result, have.result);
        C::for_references(with_const, [&](auto i) {
            comparison.check(Subject::parameters[i], std::get<i>(want.arguments), std::get<i>(have.arguments));
        });
    }

    static constexpr std::uint64_t digest_seed = 0xcbf29ce484222325ULL;
    static constexpr std::size_t most_recurring_bytes = 1 << 16;
};

}  // namespace agentpar
