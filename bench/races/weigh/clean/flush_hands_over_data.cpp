// pattern: flush
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    double scale = 0.0, sum = 0.0;
    int is_ready = 0;
#pragma omp parallel sections
    {
#pragma omp section
        {
            scale = 2.0;
#pragma omp flush
#pragma omp atomic write
            is_ready = 1;
        }
#pragma omp section
        {
            for (int seen = 0; seen == 0;) {
#pragma omp atomic read
                seen = is_ready;
            }
#pragma omp flush
            for (int i = 0; i < n; ++i) sum += y[i] = scale * x[i] + 1.0;
        }
    }
    return sum;
}
