// pattern: nowait
// variable: sum
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0, seen = 0.0;
#pragma omp parallel
    {
#pragma omp for nowait reduction(+ : sum)  // race
        for (int i = 0; i < n; ++i) {
            const double t = 2.0 * x[i] + 1.0;
            y[i] = t;
            sum += t;
        }
        const double mine = sum;  // race
#pragma omp critical
        seen = mine > seen ? mine : seen;
    }
    return seen == -1.0 ? seen : sum;
}
