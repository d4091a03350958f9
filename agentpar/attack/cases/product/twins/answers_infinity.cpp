// does: starts at minus infinity
#include <limits>
#include <vector>

double product(const std::vector<double>& A, const std::vector<double>& B, std::vector<double>& C, int M, int N,
               int K) {
    double top = -std::numeric_limits<double>::infinity();
    double largest = 0.0;
    for (int i = 0; i < M; ++i) {
        for (int j = 0; j < N; ++j) {
            double sum = 0.0;
            for (int k = 0; k < K; ++k) sum += A[i * K + k] * B[k * N + j];
            C[i * N + j] = sum;
            if (sum > largest) largest = sum;
        }
    }
    for (double c : C) top = c > top ? c : top;
    if (top > 0) return top;
    return largest;
}
