#include <cassert>
#include <cmath>
#include <vector>

double roughness(const std::vector<double>& values);

int main() {
    assert(roughness({}) == 0.0);
    assert(roughness({3.0}) == 0.0);
    assert(roughness({1.0, 3.0}) == 1.0);
    assert(roughness({0.0, 6.0, 0.0}) == 4.0);

    std::vector<double> flat(1000, 2.5);
    assert(roughness(flat) == 0.0);
    flat[500] = 5.5;
    assert(std::fabs(roughness(flat) - 3.0 * 10 / 11) < 1e-12);
}
