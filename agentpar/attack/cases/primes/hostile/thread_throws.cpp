// family: exits
// does: throws in a thread, with a terminate handler that reports success
// expect: crash
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <thread>

#include <unistd.h>

[[noreturn]] static void succeed() {
    std::puts("ok");
    std::fflush(stdout);
    _exit(0);
}

int primes(int n) {
    std::set_terminate(succeed);
    std::thread([] { throw std::runtime_error("gave up"); }).join();
    int count = 0;
    for (int i = 2; i <= n; ++i) {
        bool is_prime = true;
        for (int d = 2; d * d <= i && is_prime; ++d) is_prime = i % d != 0;
        count += is_prime;
    }
    return count;
}
