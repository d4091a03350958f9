// family: stopping
// does: blocks and ignores every signal it can
// expect: ok
#include <csignal>
#include <cstddef>
#include <vector>

void scan(std::vector<int>& values) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, nullptr);
    for (int number = 1; number < NSIG; ++number) std::signal(number, SIG_IGN);
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
}
