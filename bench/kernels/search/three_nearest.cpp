// kind: arithmetic
// sizes: queries=n, points=m, nearest=3*n
// Squared distances of the three points nearest to each query, ascending.
#include <vector>

struct P2 {
    float x, y;
};

void insert(float* three, float d) {
    if (d >= three[2]) return;
    int at = 2;
    while (at > 0 && three[at - 1] > d) {
        three[at] = three[at - 1];
        --at;
    }
    three[at] = d;
}

void three_nearest(const std::vector<P2>& queries, const std::vector<P2>& points, std::vector<float>& nearest) {
    for (std::size_t q = 0; q < queries.size(); ++q) {
        float three[3] = {1e30f, 1e30f, 1e30f};
        for (const P2& p : points) {
            const float dx = p.x - queries[q].x, dy = p.y - queries[q].y;
            insert(three, dx * dx + dy * dy);
        }
        for (int k = 0; k < 3; ++k) nearest[3 * q + k] = three[k];
    }
}
