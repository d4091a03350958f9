// Compares pairs of values and prints, for each, what differs, or nothing.
#include "harness/answers.hpp"

#include <iostream>

template <class T>
void compare(const T& expected, const T& got) {
    agentpar::Comparison comparison(agentpar::Tolerance{});
    comparison.check("x", expected, got);
    std::cout << comparison.difference() << "\n";
}

struct Group {
    double sum, mean;
};
template <>
struct agentpar::Fields<Group> {
    template <class F>
    static void each(F&& f, Group& a, Group& b) {
        f("sum", a.sum, b.sum);
        f("mean", a.mean, b.mean);
    }
};

int main() {
    using Groups = std::vector<Group>;
    using Vector = std::vector<double>;
    using Complex = std::complex<double>;
    const double inf = INFINITY;
    compare(inf, 1.0);
    compare(-inf, inf);
    compare(Vector{1, inf}, Vector{1, 1e18});
    compare(Complex(1, inf), Complex(5, inf));
    compare(Vector{1e154, 1e154}, Vector{0, 0});
    compare(1e308, -1e308);
    compare(1.0f, 1.0004f);
    compare(Vector{1e12, 1, 0, 1, 2}, Vector{1e12, 0, 0, 1, 2});
    compare(Groups{{1e12, 1}, {1, 1}, {2, 1}}, Groups{{1e12, 1}, {0, 1}, {2, 1}});
    compare(Groups{{1e12, 1}, {1, 1}, {2, 1}}, Groups{{1e12, 1}, {1, 2}, {2, 1}});
    std::cout << "same\n";
    compare(-inf, -inf);
    compare(Vector{1, inf, NAN}, Vector{1, inf, NAN});
    compare(Complex(1, inf), Complex(1, inf));
    compare(Vector{1e154, 1e154}, Vector{1e154, 1e154 * (1 + 1e-15)});
    compare(Vector{0, 0, 0, 1, -2, 3e-16}, Vector{0, 1e-16, 0, 1, -2, 0});
    compare(std::vector<std::pair<int, double>>{{1, 3}, {2, 3e-16}, {3, -2}}, {{1, 3}, {2, -1e-16}, {3, -2}});
    compare(Groups{{3, 1}, {3e-16, 1}, {-2, 1}}, Groups{{3, 1}, {-1e-16, 1}, {-2, 1}});
    // Two calls of what writes "b" in the second place may be the same, and no two of what changes or moves it.
    std::cout << "recurring\n";
    const agentpar::Known one{1, 1, 1, "ka", "kb"};
    for (const auto& [before, after] : {std::pair("lb", "lb"), {"lc", "lb"}, {"la", "lc"}, {"lc", "bc"}, {"la", "la"}})
        std::cout << one.same({1, 1, 2, before, after});
    std::cout << one.same({2, 1, 1, "ka", "kb"}) << one.same({1, 2, 1, "ka", "kb"});
}
