// does: has a timer whose signal interrupts whatever the process waits for
#include <csignal>
#include <vector>

#include <sys/time.h>

static volatile sig_atomic_t ticks;

double product(const std::vector<double>& A, const std::vector<double>& B, std::vector<double>& C, int M, int N,
               int K) {
    struct sigaction counted{};
    counted.sa_handler = [](int) { ticks = ticks + 1; };
    sigaction(SIGALRM, &counted, nullptr);
    const itimerval often{{0, 300}, {0, 300}};
    setitimer(ITIMER_REAL, &often, nullptr);
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
