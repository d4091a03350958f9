// What the algorithms are tried on: numbers with ties, types that own memory, and a product that does not commute.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <vector>

struct Tagged {
    int key = 0, tag = 0;
    bool operator==(const Tagged& other) const { return key == other.key && tag == other.tag; }
};

struct ByKey {
    bool operator()(const Tagged& a, const Tagged& b) const { return a.key < b.key; }
};

// Matrices under multiplication: associative, not commutative, exact.
struct Matrix {
    unsigned a = 1, b = 0, c = 0, d = 1;
    bool operator==(const Matrix& o) const { return a == o.a && b == o.b && c == o.c && d == o.d; }
};

inline Matrix operator*(const Matrix& x, const Matrix& y) {
    return {x.a * y.a + x.b * y.c, x.a * y.b + x.b * y.d, x.c * y.a + x.d * y.c, x.c * y.b + x.d * y.d};
}

// Neither default constructible nor copyable.
struct Owned {
    explicit Owned(int value) : value(std::make_unique<int>(value)) {}
    std::unique_ptr<int> value;
    bool operator<(const Owned& other) const { return *value < *other.value; }
};

template <class T>
T made(std::mt19937& random, int most);
template <>
inline int made<int>(std::mt19937& random, int most) {
    return static_cast<int>(random() % static_cast<unsigned>(most));
}
template <>
inline double made<double>(std::mt19937& random, int most) {
    return made<int>(random, most);  // whole, so that sums are exact in any order
}
template <>
inline std::string made<std::string>(std::mt19937& random, int most) {
    return "a string that is longer than what fits inside " + std::to_string(made<int>(random, most));
}

template <class T>
std::vector<T> values(int n, int most) {
    std::mt19937 random(static_cast<unsigned>(n * 31 + most));
    std::vector<T> result;
    for (int i = 0; i < n; ++i) result.push_back(made<T>(random, most));
    return result;
}

inline std::vector<Tagged> tagged(int n, int most) {
    std::vector<Tagged> result;
    for (const int key : values<int>(n, most)) result.push_back({key, static_cast<int>(result.size())});
    return result;
}
