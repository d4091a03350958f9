// A function's arguments as values that can be made, carried, called with and compared.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <tuple>
#if __cplusplus >= 202002L
#include <span>
#endif

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

#if __cplusplus >= 202002L
// A view is held as what it shows, as a pointer is, and says its own length.
template <class T>
struct Held<std::span<T>> : Held<T*> {
    static std::span<T> pass(typename Held<T*>::Value& value) { return {Held<T*>::pass(value), value.size()}; }
};
template <class T>
struct Held<const std::span<T>&> : Held<std::span<T>> {};
#endif

template <class F>
struct Call;

template <class R, class... P>
struct Call<R(P...)> {
    using Pointer = R (*)(P...);
    using Arguments = std::tuple<typename Held<P>::Value...>;
    static constexpr bool has_result = !std::is_void_v<R>;
    using Result = std::conditional_t<std::is_void_v<R>, char, std::remove_cv_t<std::remove_reference_t<R>>>;
    static_assert(!std::is_pointer_v<R>, "agentpar cannot carry a returned pointer");
    static constexpr std::size_t arity = sizeof...(P);
    static constexpr bool is_const[] = {Held<P>::is_const..., false};

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
    // Puts all arguments where a map says.
    template <class Memory>
    static void store(Memory& memory, Reader map, const Arguments& arguments) {
        const auto write = [&](std::uint64_t address, const void* data, std::size_t bytes) { memory.write(address, data, bytes); };
        std::apply([&](const auto&... a) { (follow(map, a, write), ...); }, arguments);
        if (map.left() != 0) throw std::length_error("inputs of another shape");
    }

    // The map of what a call leaves behind: what was passed by const reference, the result, what was passed by non-const
    // reference or pointer.
    static void write_outputs(Writer& out, const Result& result, const Arguments& arguments) {
        for_references(true, [&](auto i) {
            if constexpr (is_const[i]) agentpar::write_map(out, std::get<i>(arguments));
        });
        agentpar::write_map(out, result);
        for_references(false, [&](auto i) { agentpar::write_map(out, std::get<i>(arguments)); });
    }
    // Reads it. What was passed by const reference must have its shape still and, when `with_const`, its values: then
    // `between` may write over it, before the outputs are read.
    template <class Fetcher, class Between>
    static void fetch_outputs(Fetcher& from, const Arguments& inputs, Result& result, Arguments& arguments, bool with_const, Between&& between) {
        for_references(true, [&](auto i) {
            if constexpr (is_const[i]) {
                if (with_const) from.fetch(std::get<i>(arguments));
                else follow(from.map, std::get<i>(inputs), [](std::uint64_t, const void*, std::size_t) {});
            }
        });
        if (with_const) between();
        from.fetch(result);
        for_references(false, [&](auto i) { from.fetch(std::get<i>(arguments)); });
        if (from.map.left() != 0) throw std::length_error("more data than the outputs hold");
    }
    // Writes over what was passed by const reference, where `store` had put it by the same map.
    template <class Memory, class Noise>
    static void scribble(Memory& memory, const Arguments& inputs, Reader map, const Noise& noise) {
        scribble(memory, inputs, map, noise, std::index_sequence_for<P...>{});
    }

    // Calls f(index) for each parameter passed by reference or pointer: to non-const, or to const too.
    template <class F>
    static void for_references(bool with_const, F&& f) {
        for_references(with_const, f, std::index_sequence_for<P...>{});
    }

private:
    template <class Memory, class Noise, std::size_t... I>
    static void scribble(Memory& memory, const Arguments& inputs, Reader map, const Noise& noise, std::index_sequence<I...>) {
        (follow(map, std::get<I>(inputs),
                [&](std::uint64_t address, const void*, std::size_t bytes) {
                    if (Held<P>::by_reference && Held<P>::is_const) memory.scribble(address, bytes, noise);
                }),
         ...);
    }

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

// What a worker gave back, as values.
template <class F>
struct Outputs {
    typename Call<F>::Result result{};
    typename Call<F>::Arguments arguments{};
};

}  // namespace agentpar
