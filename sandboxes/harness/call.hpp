// A function's arguments as values that can be made, carried, called with and compared.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <tuple>

#include "carry.hpp"

namespace agentpar {

// What holds the value of a parameter of type P: pointers hold as many elements as their length says.
template <class P>
struct Held {
    using Value = std::remove_cv_t<std::remove_reference_t<P>>;
    static constexpr bool by_reference = std::is_lvalue_reference_v<P>;
    static constexpr bool is_const = std::is_const_v<std::remove_reference_t<P>>;
    static P pass(Value& value) {
        if constexpr (by_reference) return value;
        else return std::move(value);
    }
};

template <class T>
struct Held<T*> {
    static_assert(!std::is_pointer_v<T> && !std::is_void_v<T>, "agentpar cannot carry this pointer");
    using Element = std::remove_cv_t<T>;
    // std::vector<bool> has no elements to point at.
    using Value = std::vector<std::conditional_t<std::is_same_v<Element, bool>, unsigned char, Element>>;
    static constexpr bool by_reference = true;
    static constexpr bool is_const = std::is_const_v<T>;
    static T* pass(Value& value) { return reinterpret_cast<Element*>(value.data()); }
};
template <class T>
struct Held<T* const> : Held<T*> {};
template <class T>
struct Held<T* __restrict__> : Held<T*> {};

template <class F>
struct Call;

template <class R, class... P>
struct Call<R(P...)> {
    using Pointer = R (*)(P...);
    using Arguments = std::tuple<typename Held<P>::Value...>;
    using Result = std::conditional_t<std::is_void_v<R>, char, std::remove_cv_t<std::remove_reference_t<R>>>;
    static_assert(!std::is_pointer_v<R>, "agentpar cannot carry a returned pointer");
    static constexpr std::size_t arity = sizeof...(P);
    static constexpr bool is_const[] = {Held<P>::is_const..., false};
    using Places = std::array<Reader, arity>;

    static Result invoke(Pointer function, Arguments& arguments) {
        return invoke(function, arguments, std::index_sequence_for<P...>{});
    }

    static void write_shape(Writer& out, const Arguments& arguments) {
        std::apply([&](const auto&... a) { (agentpar::write_shape(out, a), ...); }, arguments);
    }
    static void take_shape(Reader& in, Arguments& arguments) {
        std::apply([&](auto&... a) { (agentpar::take_shape(in, a), ...); }, arguments);
    }
    static void write_map(Writer& out, const Arguments& arguments) {
        std::apply([&](const auto&... a) { (agentpar::write_map(out, a), ...); }, arguments);
    }
    // Puts all arguments where a map says, and notes where in the map each begins.
    static void store(Memory& memory, Reader map, const Arguments& arguments, Places& places) {
        std::size_t i = 0;
        std::apply([&](const auto&... a) { ((places[i++] = map, agentpar::store(memory, map, a)), ...); }, arguments);
        if (map.left() != 0) throw std::length_error("inputs of another shape");
    }

    // Outputs are the result, everything passed by non-const reference or pointer and, when `with_const`, what was
    // passed by const reference too: it must come back as it went, from where the inputs' map had it.
    static void write_outputs(Writer& out, const Result& result, const Arguments& arguments) {
        agentpar::write_map(out, result);
        for_references(false, [&](auto i) { agentpar::write_map(out, std::get<i>(arguments)); });
    }
    static void fetch_outputs(Fetcher& from, Result& result, Arguments& arguments, const Places& places, bool with_const) {
        from.fetch(result);
        for_references(false, [&](auto i) { from.fetch(std::get<i>(arguments)); });
        if (from.map.left() != 0) throw std::length_error("more data than the outputs hold");
        if (!with_const) return;
        for_references(true, [&](auto i) {
            if constexpr (is_const[i]) {
                from.map = places[i];
                from.fetch(std::get<i>(arguments));
            }
        });
    }

    // Calls f(index) for each parameter passed by reference or pointer: to non-const, or to const too.
    template <class F>
    static void for_references(bool with_const, F&& f) {
        for_references(with_const, f, std::index_sequence_for<P...>{});
    }

private:
    template <std::size_t... I>
    static Result invoke(Pointer function, Arguments& arguments, std::index_sequence<I...>) {
        if constexpr (std::is_void_v<R>) {
            function(Held<P>::pass(std::get<I>(arguments))...);
            return 0;
        } else {
            return function(Held<P>::pass(std::get<I>(arguments))...);
        }
    }

    template <class F, std::size_t... I>
    static void for_references(bool with_const, F&& f, std::index_sequence<I...>) {
        (
            [&] {
                using H = Held<P>;
                if constexpr (H::by_reference) {
                    if (!H::is_const || with_const) f(std::integral_constant<std::size_t, I>{});
                }
            }(),
            ...);
    }
};

}  // namespace agentpar
