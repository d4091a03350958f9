// does: has a thread that waits for work
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

static std::mutex gate;
static std::condition_variable called;

static void wait_for_work() {
    std::unique_lock lock(gate);
    called.wait(lock, [] { return false; });
}

double product(const std::vector<double>& A, const std::vector<double>& B, std::vector<double>& C, int M, int N,
               int K) {
    static std::once_flag started;
    std::call_once(started, [] { std::thread(wait_for_work).detach(); });
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
