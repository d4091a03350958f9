// What the harness knows of a type.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace agentpar {

// The data members of a struct, specialised by the driver: `template <class F> static void each(F&& f, S& s, S& t)`
// calls f(name, s.field, t.field) for each.
template <class T>
struct Fields;

template <class T>
struct IsVector : std::false_type {};
template <class T, class A>
struct IsVector<std::vector<T, A>> : std::true_type {};
template <class T>
struct IsArray : std::is_array<T> {};
template <class T, std::size_t N>
struct IsArray<std::array<T, N>> : std::true_type {};
template <class T>
struct IsPair : std::false_type {};
template <class A, class B>
struct IsPair<std::pair<A, B>> : std::true_type {};

// Types whose object representation is their value: carried as one block. (A pair is one of its parts' representations,
// though its assignment is not trivial.)
template <class T>
struct IsPlain : std::bool_constant<std::is_trivially_copyable_v<T> && !std::is_pointer_v<T>> {};
template <class A, class B>
struct IsPlain<std::pair<A, B>> : std::bool_constant<IsPlain<A>::value && IsPlain<B>::value> {};
template <class T>
constexpr bool is_plain = IsPlain<T>::value;

template <class T>
constexpr bool is_container = IsVector<T>::value || std::is_same_v<T, std::string>;

}  // namespace agentpar
