// kind: arithmetic
// sizes: ax=n, ay=n, bx=m, by=m
// How far the farthest point of a is from its nearest in b.
#include <algorithm>
#include <cmath>
#include <vector>

double hausdorff(const std::vector<double>& ax, const std::vector<double>& ay, const std::vector<double>& bx,
                 const std::vector<double>& by) {
    double farthest = 0.0;
    for (std::size_t i = 0; i < ax.size(); ++i) {
        double nearest = 1e300;
        for (std::size_t j = 0; j < bx.size(); ++j) {
            nearest = std::min(nearest, std::hypot(ax[i] - bx[j], ay[i] - by[j]));
        }
        farthest = std::max(farthest, nearest);
    }
    return farthest;
}
