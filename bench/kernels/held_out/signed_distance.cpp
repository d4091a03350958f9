// entry: polygon_distances
// kind: arithmetic

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

struct Vertex {
    double x, y;
};

// Signed distance from p to the outline: negative inside (even-odd rule).
// P is anything with x and y, T what to calculate in.
template <typename T, typename P>
T signed_distance(const P &p, const std::vector<P> &outline)
{
    T best = std::numeric_limits<T>::max();
    bool inside = false;
    for (size_t i = 0, j = outline.size() - 1; i < outline.size(); j = i++) {
        const P &a = outline[i], &b = outline[j];
        const T ex = b.x - a.x, ey = b.y - a.y;
        const T wx = p.x - a.x, wy = p.y - a.y;
        const T len2 = ex * ex + ey * ey;
        const T t = len2 > T(0) ? std::clamp((wx * ex + wy * ey) / len2, T(0), T(1)) : T(0);
        const T dx = wx - t * ex, dy = wy - t * ey;
        best = std::min(best, dx * dx + dy * dy);
        if ((a.y > p.y) != (b.y > p.y) && wx < ex * wy / ey)
            inside = !inside;
    }
    return inside ? -std::sqrt(best) : std::sqrt(best);
}

template <typename T, typename P>
void distances(const std::vector<P> &points, const std::vector<P> &outline, std::vector<T> &result)
{
    result.assign(points.size(), T(0));
    if (outline.empty())
        return;
    std::transform(points.begin(), points.end(), result.begin(),
                   [&outline](const P &p) { return signed_distance<T>(p, outline); });
}

// What the map editor calls for snapping.
void polygon_distances(const std::vector<Vertex> &points, const std::vector<Vertex> &outline,
                       std::vector<double> &result)
{
    distances<double>(points, outline, result);
}
