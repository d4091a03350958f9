// The assignment step of k-means: the nearest of k centres for each point, and the sum of squared distances.
// Points and centres are rows of `dim` coordinates.
#include <cstddef>
#include <vector>

double kmeans_assign(const std::vector<double>& points, const std::vector<double>& centres,
                     std::vector<int>& label, int k, int dim) {
    double inertia = 0.0;
    for (std::size_t p = 0; p < label.size(); ++p) {
        double nearest = 1e300;
        int best = 0;
        const double* point = points.data() + p * dim;
        for (int c = 0; c < k; ++c) {
            const double* centre = centres.data() + c * dim;
            double distance = 0.0;
            for (int d = 0; d < dim; ++d) {
                const double gap = point[d] - centre[d];
                distance += gap * gap;
            }
            if (distance < nearest) {
                nearest = distance;
                best = c;
            }
        }
        label[p] = best;
        inertia += nearest;
    }
    return inertia;
}
