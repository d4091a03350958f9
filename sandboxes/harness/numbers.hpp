// What the judge knows of numbers. Workers carry them as they are, and are spared reading <complex>.
#pragma once

#include <complex>
#include <type_traits>

namespace agentpar {

template <class T>
struct IsComplex : std::false_type {};
template <class T>
struct IsComplex<std::complex<T>> : std::true_type {};

}  // namespace agentpar
