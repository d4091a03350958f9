// kind: memory
// sizes: a=n, b=n
// ranges: a=0.1:1, b=0.1:1
#include <cmath>
#include <numeric>
#include <vector>

float cosine(const std::vector<float>& a, const std::vector<float>& b) {
    const float ab = std::inner_product(a.begin(), a.end(), b.begin(), 0.0f);
    const float aa = std::inner_product(a.begin(), a.end(), a.begin(), 0.0f);
    const float bb = std::inner_product(b.begin(), b.end(), b.begin(), 0.0f);
    return a.empty() ? 0.0f : ab / std::sqrt(aa * bb);
}
