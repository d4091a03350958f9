// does: handles a fault that does not come
#include <csignal>

#include <unistd.h>

static void give_up(int) { _exit(1); }

int primes(int n) {
    std::signal(SIGSEGV, give_up);
    int count = 0;
    for (int i = 2; i <= n; ++i) {
        bool is_prime = true;
        for (int d = 2; d * d <= i && is_prime; ++d) is_prime = i % d != 0;
        count += is_prime;
    }
    return count;
}
