// does: computes in long double
#include <vector>

double product(const std::vector<double>& A, const std::vector<double>& B, std::vector<double>& C, int M, int N,
               int K) {
    double largest = 0.0;
    for (int i = 0; i < M; ++i) {
        for (int j = 0; j < N; ++j) {
            long double sum = 0.0L;
            for (int k = 0; k < K; ++k) sum += A[i * K + k] * B[k * N + j];
            C[i * N + j] = static_cast<double>(sum);
            if (sum > largest) largest = static_cast<double>(sum);
        }
    }
    return largest;
}
