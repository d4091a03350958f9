// pattern: loop-carried dependence
// variable: from[i]|from[i + 1]|from[i - 1]|from|from[i + 1 < n ? i + 1 : i]|from[i > 0 ? i - 1 : i]
#include <vector>

void smooth(std::vector<double>& a, std::vector<double>& b, int n) {
    double* from = a.data();
    for (int step = 0; step < 4; ++step) {
        if (step == 3)
            for (int i = 0; i < n; ++i) b[i] = from[i];
#pragma omp parallel for
        for (int i = 0; i < n; ++i) {
            const double left = from[i > 0 ? i - 1 : i], right = from[i + 1 < n ? i + 1 : i];  // race
            from[i] = 0.25 * left + 0.5 * from[i] + 0.25 * right;  // race
        }
    }
}
