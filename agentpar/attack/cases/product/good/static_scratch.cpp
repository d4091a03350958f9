// does: transposes B into a buffer that it keeps between calls
#include <vector>

static std::vector<double> transposed;

double product(const std::vector<double>& A, const std::vector<double>& B, std::vector<double>& C, int M, int N,
               int K) {
    transposed.resize(B.size());
    for (int k = 0; k < K; ++k)
        for (int j = 0; j < N; ++j) transposed[j * K + k] = B[k * N + j];
    double largest = 0.0;
    for (int i = 0; i < M; ++i) {
        for (int j = 0; j < N; ++j) {
            double sum = 0.0;
            for (int k = 0; k < K; ++k) sum += A[i * K + k] * transposed[j * K + k];
            C[i * N + j] = sum;
            if (sum > largest) largest = sum;
        }
    }
    return largest;
}
