// kind: arithmetic
#include <algorithm>
#include <cmath>
#include <vector>

void sigmoid(const std::vector<float>& in, std::vector<float>& out) {
    std::transform(in.begin(), in.end(), out.begin(), [](float x) { return 1.0f / (1.0f + std::exp(-x)); });
}
