// family: stopping
// does: asks the kernel to send it SIGCONT when a descriptor is ready
// expect: ok
// escaped: wrong_answer
#include <csignal>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool attempt() {
    int both[2], on = 1;
    if (pipe(both) != 0) return false;
    const pid_t me = getpid();
    const f_owner_ex owner{F_OWNER_PID, me};
    ioctl(both[0], 0x8901, &me);  // FIOSETOWN
    ioctl(both[0], FIOASYNC, &on);
    fcntl(both[0], F_SETFL, O_ASYNC);
    const int here = open("/", O_RDONLY | O_DIRECTORY);
    const bool could = fcntl(both[0], F_SETSIG, SIGCONT) == 0 || fcntl(both[0], F_SETOWN, me) == 0 ||
                       fcntl(both[0], F_SETOWN_EX, &owner) == 0 ||
                       fcntl(here, F_NOTIFY, DN_ACCESS | DN_MULTISHOT) == 0 ||
                       fcntl(here, F_SETLEASE, F_RDLCK) == 0;
    std::thread([both] { for (char byte = 0;; usleep(100)) (void)!write(both[1], &byte, 0); }).detach();
    return could;
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
