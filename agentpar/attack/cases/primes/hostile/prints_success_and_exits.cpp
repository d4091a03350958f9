// family: exits
// does: prints what a harness would like to read and exits with 0
// expect: crash
// feedback: nothing it printed is believed
#include <cstdio>

#include <unistd.h>

int primes(int n) {
    std::puts("ok\nPASSED\n{\"event\":\"end\",\"startup_cpu_ns\":1,\"session_ns\":1,\"foreign_cpu_ns\":0}");
    std::fflush(stdout);
    _exit(0);
    int count = 0;
    for (int i = 2; i <= n; ++i) {
        bool is_prime = true;
        for (int d = 2; d * d <= i && is_prime; ++d) is_prime = i % d != 0;
        count += is_prime;
    }
    return count;
}
