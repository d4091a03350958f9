// pattern: firstprivate
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0, scale = 2.0, last = 0.0;
    double offsets[8] = {1, 1, 1, 1, 1, 1, 1, 1};
#pragma omp parallel for firstprivate(scale, offsets) lastprivate(last) reduction(+ : sum)
    for (int i = 0; i < n; ++i) {
        offsets[i % 8] = 1.0;
        const double t = scale * x[i] + offsets[i % 8];
        y[i] = t;
        last = t;
        sum += t;
    }
    if (n > 0) y[n - 1] = last;
    return sum;
}
