// Compares pairs of values and prints, for each, what differs, or nothing.
#include "harness/compare.hpp"

#include <iostream>

template <class T>
void compare(const T& expected, const T& got) {
    agentpar::Comparison comparison(agentpar::Tolerance{});
    comparison.check("x", expected, got);
    std::cout << comparison.difference() << "\n";
}

int main() {
    using Vector = std::vector<double>;
    using Complex = std::complex<double>;
    const double inf = INFINITY;
    compare(inf, 1.0);
    compare(-inf, inf);
    compare(Vector{1, inf}, Vector{1, 1e18});
    compare(Complex(1, inf), Complex(5, inf));
    compare(Vector{1e154, 1e154}, Vector{0, 0});
    compare(1e308, -1e308);
    std::cout << "same\n";
    compare(-inf, -inf);
    compare(Vector{1, inf, NAN}, Vector{1, inf, NAN});
    compare(Complex(1, inf), Complex(1, inf));
    compare(Vector{1e154, 1e154}, Vector{1e154, 1e154 * (1 + 1e-15)});
}
