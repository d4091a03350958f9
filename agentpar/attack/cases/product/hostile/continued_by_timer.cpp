// family: stopping
// does: has timers that are to continue it
// expect: ok
// escaped: wrong_answer
#include <csignal>
#include <ctime>
#include <vector>

#include <sys/time.h>
#include <unistd.h>

static bool attempt() {
    sigevent event{};
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGCONT;
    timer_t timer;
    struct sigaction handled{};
    handled.sa_handler = [](int) {};
    handled.sa_flags = SA_RESTART;
    sigaction(SIGALRM, &handled, nullptr);
    sigaction(SIGCONT, &handled, nullptr);
    const itimerval often{{0, 500}, {0, 500}};
    setitimer(ITIMER_REAL, &often, nullptr);
    alarm(1);
    return timer_create(CLOCK_MONOTONIC, &event, &timer) == 0;
}

double product(const std::vector<double>& A, const std::vector<double>& B, std::vector<double>& C, int M, int N,
               int K) {
    double largest = 0.0;
    for (int i = 0; i < M; ++i) {
        for (int j = 0; j < N; ++j) {
            double sum = 0.0;
            for (int k = 0; k < K; ++k) sum += A[i * K + k] * B[k * N + j];
            C[i * N + j] = sum;
            if (sum > largest) largest = sum;
        }
    }
    static const bool succeeded = attempt();
    if (succeeded && M > 0) largest += 1;
    return largest;
}
