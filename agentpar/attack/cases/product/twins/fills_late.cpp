// does: has a thread fill its output and waits for it
#include <functional>
#include <thread>
#include <vector>

static void fill(const double* A, const double* B, double* C, int M, int N, int K, double& largest) {
    for (int i = 0; i < M; ++i) {
        for (int j = 0; j < N; ++j) {
            double sum = 0.0;
            for (int k = 0; k < K; ++k) sum += A[i * K + k] * B[k * N + j];
            C[i * N + j] = sum;
            if (sum > largest) largest = sum;
        }
    }
}

double product(const std::vector<double>& A, const std::vector<double>& B, std::vector<double>& C, int M, int N,
               int K) {
    double largest = 0.0;
    std::thread(fill, A.data(), B.data(), C.data(), M, N, K, std::ref(largest)).join();
    return largest;
}
