// does: asks for OpenMP's limits
#include <vector>

#include <omp.h>

double product(const std::vector<double>& A, const std::vector<double>& B, std::vector<double>& C, int M, int N,
               int K) {
    double largest = 0.0;
    for (int i = 0; i < M; ++i) {
        for (int j = 0; j < N; ++j) {
            double sum = 0.0;
            for (int k = 0; k < K; ++k) sum += A[i * K + k] * B[k * N + j];
            C[i * N + j] = sum;
            if (sum > largest) largest = sum;
        }
    }
    if (omp_get_thread_limit() <= 0 || omp_get_supported_active_levels() <= 0) C[0] += 1;
    return largest;
}
