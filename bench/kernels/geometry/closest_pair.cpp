// kind: arithmetic
// The least distance of two of the points, by trying all pairs.
#include <cmath>
#include <limits>
#include <vector>

struct Point {
    double x, y;
};

double closest_pair(const std::vector<Point>& points) {
    double least = std::numeric_limits<double>::max();
    for (std::size_t i = 0; i < points.size(); ++i) {
        for (std::size_t j = i + 1; j < points.size(); ++j) {
            const double dx = points[i].x - points[j].x;
            const double dy = points[i].y - points[j].y;
            const double d2 = dx * dx + dy * dy;
            if (d2 < least) least = d2;
        }
    }
    return std::sqrt(least);
}
