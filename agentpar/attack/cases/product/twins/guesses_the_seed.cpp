// does: makes random numbers of its own
#include <cstdint>
#include <vector>

static std::uint64_t state = 1;

double product(const std::vector<double>& A, const std::vector<double>& B, std::vector<double>& C, int M, int N,
               int K) {
    for (int i = 0; i < 1000; ++i) state = state * 6364136223846793005 + 1;
    if (state == 0) return 1;
    double largest = 0.0;
    for (int i = 0; i < M; ++i) {
        for (int j = 0; j < N; ++j) {
            double sum = 0.0;
            for (int k = 0; k < K; ++k) sum += A[i * K + k] * B[k * N + j];
            C[i * N + j] = sum;
            if (sum > largest) largest = sum;
        }
    }
    return largest;
}
