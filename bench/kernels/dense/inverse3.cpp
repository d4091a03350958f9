// kind: memory
// Inverts many small matrices; one that is nearly singular becomes zero.
#include <array>
#include <cmath>
#include <vector>

typedef std::array<double, 9> Mat3;

Mat3 inverted(const Mat3& m) {
    const double c0 = m[4] * m[8] - m[5] * m[7];
    const double c1 = m[5] * m[6] - m[3] * m[8];
    const double c2 = m[3] * m[7] - m[4] * m[6];
    const double det = m[0] * c0 + m[1] * c1 + m[2] * c2;
    if (std::abs(det) < 1e-3) return Mat3{};
    const double s = 1.0 / det;
    return Mat3{c0 * s, (m[2] * m[7] - m[1] * m[8]) * s, (m[1] * m[5] - m[2] * m[4]) * s,
                c1 * s, (m[0] * m[8] - m[2] * m[6]) * s, (m[2] * m[3] - m[0] * m[5]) * s,
                c2 * s, (m[1] * m[6] - m[0] * m[7]) * s, (m[0] * m[4] - m[1] * m[3]) * s};
}

void inverse3(std::vector<Mat3>& matrices) {
    for (auto it = matrices.begin(); it != matrices.end(); ++it) *it = inverted(*it);
}
