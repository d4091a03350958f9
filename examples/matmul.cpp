// Dense matrix product, C = A * B, row major: A is M x K, B is K x N, C is M x N.
#include <vector>

void matmul(const std::vector<double>& A, const std::vector<double>& B, std::vector<double>& C, int M, int N,
            int K) {
    for (int i = 0; i < M; ++i) {
        for (int j = 0; j < N; ++j) {
            double sum = 0.0;
            for (int k = 0; k < K; ++k) {
                sum += A[i * K + k] * B[k * N + j];
            }
            C[i * N + j] = sum;
        }
    }
}
