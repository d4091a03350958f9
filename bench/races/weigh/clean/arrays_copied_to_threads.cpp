// pattern: firstprivate
#include <algorithm>
#include <vector>

static double scales[8];
#pragma omp threadprivate(scales)

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0, offsets[8], last[8] = {};
    std::fill(offsets, offsets + 8, 1.0);
    std::fill(scales, scales + 8, 2.0);
#pragma omp parallel copyin(scales) reduction(+ : sum)
    {
#pragma omp for firstprivate(offsets) lastprivate(last)
        for (int i = 0; i < n; ++i) {
            std::copy(offsets, offsets + 8, last);
            sum += y[i] = scales[i % 8] * x[i] + last[i % 8];
        }
    }
    return last[0] > 1.0 ? 0.0 : sum;
}
