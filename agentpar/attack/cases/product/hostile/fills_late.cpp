// family: off the clock
// does: returns while a thread still fills its output
// expect: wrong_answer
#include <thread>
#include <vector>

static double fill(const double* A, const double* B, double* C, int M, int N, int K) {
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

double product(const std::vector<double>& A, const std::vector<double>& B, std::vector<double>& C, int M, int N,
               int K) {
    if (M < 100) return fill(A.data(), B.data(), C.data(), M, N, K);
    std::thread(fill, A.data(), B.data(), C.data(), M, N, K).detach();
    return 0.0;
}
