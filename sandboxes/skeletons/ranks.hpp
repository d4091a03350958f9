// Loops whose values are shared out among the ranks of MPI_COMM_WORLD, and what brings their results together.
//
// Every rank calls the function with the same arguments and has the whole result after it. Each function here is called
// by all ranks, in the same order.
#pragma once

#include <mpi.h>

#include <algorithm>
#include <complex>
#include <cstddef>
#include <iterator>
#include <type_traits>
#include <vector>

namespace parallel {
namespace detail {

inline int rank() {
    int number = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &number);
    return number;
}

inline int ranks() {
    int count = 1;
    MPI_Comm_size(MPI_COMM_WORLD, &count);
    return count;
}

// The first of n values that a rank has: blocks differ by at most one in length.
inline std::ptrdiff_t begin_of(std::ptrdiff_t n, int rank) {
    const std::ptrdiff_t count = ranks();
    return n / count * rank + std::min<std::ptrdiff_t>(rank, n % count);
}

template <class Array>
auto start_of(Array& array) {
    if constexpr (std::is_class_v<Array> || std::is_array_v<Array>) return std::data(array);
    else return array + 0;  // a pointer, which `is_pointer` denies where it is `__restrict`
}

template <class T>
MPI_Datatype type_of() {
    using Real = std::conditional_t<std::is_same_v<T, std::complex<float>>, float, std::conditional_t<std::is_same_v<T, std::complex<double>>, double, T>>;
    constexpr bool is_complex = !std::is_same_v<Real, T>;
    if constexpr (std::is_same_v<Real, float>) return is_complex ? MPI_CXX_FLOAT_COMPLEX : MPI_FLOAT;
    else if constexpr (std::is_same_v<Real, double>) return is_complex ? MPI_CXX_DOUBLE_COMPLEX : MPI_DOUBLE;
    else if constexpr (std::is_same_v<T, long double>) return MPI_LONG_DOUBLE;
    else if constexpr (std::is_same_v<T, bool>) return MPI_CXX_BOOL;
    else if constexpr (std::is_signed_v<T>) return sizeof(T) == 8 ? MPI_INT64_T : sizeof(T) == 4 ? MPI_INT32_T : sizeof(T) == 2 ? MPI_INT16_T : MPI_INT8_T;
    else return sizeof(T) == 8 ? MPI_UINT64_T : sizeof(T) == 4 ? MPI_UINT32_T : sizeof(T) == 2 ? MPI_UINT16_T : MPI_UINT8_T;
}

}  // namespace detail

template <class T>
struct Block {
    T begin, end;
};

// This rank's part of the numbers from `first` up to `last`.
template <class T>
Block<T> own_block(T first, T last) {
    const auto n = first < last ? static_cast<std::ptrdiff_t>(last - first) : 0;
    const int rank = detail::rank();
    return {static_cast<T>(first + static_cast<T>(detail::begin_of(n, rank))), static_cast<T>(first + static_cast<T>(detail::begin_of(n, rank + 1)))};
}

// Gives every rank the rows that each has written for its own block; a row is `width` elements, the first begins at
// `offset`.
template <class T, class Array>
void gather_rows(Array& array, T first, T last, std::size_t width = 1, std::ptrdiff_t offset = 0) {
    if (!(first < last) || width == 0) return;
    auto* const start = detail::start_of(array) + offset + static_cast<std::size_t>(first) * width;
    const auto n = static_cast<std::ptrdiff_t>(last - first);
    const int count = detail::ranks();
    std::vector<int> rows(static_cast<std::size_t>(count)), at(static_cast<std::size_t>(count));
    for (int rank = 0; rank < count; ++rank) {
        at[static_cast<std::size_t>(rank)] = static_cast<int>(detail::begin_of(n, rank));
        rows[static_cast<std::size_t>(rank)] = static_cast<int>(detail::begin_of(n, rank + 1) - detail::begin_of(n, rank));
    }
    MPI_Datatype row;
    MPI_Type_contiguous(static_cast<int>(width * sizeof *start), MPI_BYTE, &row);
    MPI_Type_commit(&row);
    MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, start, rows.data(), at.data(), row, MPI_COMM_WORLD);
    MPI_Type_free(&row);
}

// The same where each row is a container of its own, as long on every rank.
template <class T, class Array>
void gather_nested(Array& array, T first, T last) {
    const auto n = first < last ? static_cast<std::ptrdiff_t>(last - first) : 0;
    for (int rank = 0; rank < detail::ranks(); ++rank) {
        for (std::ptrdiff_t i = detail::begin_of(n, rank); i < detail::begin_of(n, rank + 1); ++i) {
            auto& row = array[static_cast<std::size_t>(first) + static_cast<std::size_t>(i)];
            auto* const start = detail::start_of(row);
            MPI_Bcast(start, static_cast<int>(std::size(row) * sizeof *start), MPI_BYTE, rank, MPI_COMM_WORLD);
        }
    }
}

// What all ranks' values make together.
template <class T>
void all_reduce(T& value, MPI_Op operation) {
    MPI_Allreduce(MPI_IN_PLACE, &value, 1, detail::type_of<T>(), operation, MPI_COMM_WORLD);
}
template <class Array>
void all_reduce(Array& array, std::size_t length, MPI_Op operation) {
    auto* const start = detail::start_of(array);
    MPI_Allreduce(MPI_IN_PLACE, start, static_cast<int>(length), detail::type_of<std::decay_t<decltype(*start)>>(), operation, MPI_COMM_WORLD);
}

// Begins a sum or a product anew on all ranks but the first, so that what it held before is counted once.
template <class T>
void begin_anew(T& value, int neutral) {
    if (detail::rank() != 0) value = static_cast<T>(neutral);
}
template <class Array>
void begin_anew(Array& array, std::size_t length, int neutral) {
    auto* const start = detail::start_of(array);
    if (detail::rank() != 0) std::fill_n(start, length, static_cast<std::decay_t<decltype(*start)>>(neutral));
}

}  // namespace parallel
