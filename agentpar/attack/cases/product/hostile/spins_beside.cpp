// family: sabotage
// does: leaves threads spinning, which slow the baseline if they may
// expect: ok
#include <mutex>
#include <thread>
#include <vector>

static void spin() {
    for (volatile long x = 0;; x = x + 1) {}
}

double product(const std::vector<double>& A, const std::vector<double>& B, std::vector<double>& C, int M, int N,
               int K) {
    static std::once_flag started;
    std::call_once(started, [] { for (int i = 0; i < 3; ++i) std::thread(spin).detach(); });
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
