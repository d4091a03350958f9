// does: computes the rows in two halves
#include <vector>

double product(const std::vector<double>& A, const std::vector<double>& B, std::vector<double>& C, int M, int N,
               int K) {
    double largest = 0.0;
    for (int half = 0; half < 2; ++half) {
        for (int i = half == 0 ? 0 : M / 2; i < (half == 0 ? M / 2 : M); ++i) {
            for (int j = 0; j < N; ++j) {
                double sum = 0.0;
                for (int k = 0; k < K; ++k) sum += A[i * K + k] * B[k * N + j];
                C[i * N + j] = sum;
                if (sum > largest) largest = sum;
            }
        }
    }
    return largest;
}
