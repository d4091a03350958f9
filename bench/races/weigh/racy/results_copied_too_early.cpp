// pattern: block copy
// variable: results.data()|results|results[i]
#include <cstring>
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double sum = 0.0;
    std::vector<double> results(n);
#pragma omp parallel reduction(+ : sum)
    {
#pragma omp for nowait
        for (int i = 0; i < n; ++i) sum += results[i] = 2.0 * x[i] + 1.0;  // race
#pragma omp single
        if (n > 0) std::memcpy(y.data(), results.data(), n * sizeof(double));  // race
    }
    for (int i = 0; i < n; ++i) y[i] = results[i];
    return sum;
}
