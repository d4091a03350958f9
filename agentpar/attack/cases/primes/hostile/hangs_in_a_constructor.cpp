// family: hangs
// does: never finishes loading
// expect: timeout
#include <unistd.h>

__attribute__((constructor)) static void wait() { for (;;) pause(); }

int primes(int n) {
    int count = 0;
    for (int i = 2; i <= n; ++i) {
        bool is_prime = true;
        for (int d = 2; d * d <= i && is_prime; ++d) is_prime = i % d != 0;
        count += is_prime;
    }
    return count;
}
