// does: blocks one signal
#include <csignal>
#include <cstddef>
#include <vector>

void scan(std::vector<int>& values) {
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &one, nullptr);
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
}
