// family: exits
// does: handles its own segmentation fault by claiming success
// expect: crash
#include <csignal>

#include <unistd.h>

static void succeed(int) { _exit(0); }

int primes(int n) {
    std::signal(SIGSEGV, succeed);
    *static_cast<volatile int*>(nullptr) = 1;
    int count = 0;
    for (int i = 2; i <= n; ++i) {
        bool is_prime = true;
        for (int d = 2; d * d <= i && is_prime; ++d) is_prime = i % d != 0;
        count += is_prime;
    }
    return count;
}
