// does: has a parallel region within a parallel region
#include <vector>

double product(const std::vector<double>& A, const std::vector<double>& B, std::vector<double>& C, int M, int N,
               int K) {
    double largest = 0.0;
#pragma omp parallel for num_threads(2) reduction(max : largest)
    for (int i = 0; i < M; ++i) {
        double top = 0.0;
#pragma omp parallel for num_threads(2) reduction(max : top) if (N > 100)
        for (int j = 0; j < N; ++j) {
            double sum = 0.0;
            for (int k = 0; k < K; ++k) sum += A[i * K + k] * B[k * N + j];
            C[i * N + j] = sum;
            top = sum > top ? sum : top;
        }
        largest = top > largest ? top : largest;
    }
    return largest;
}
