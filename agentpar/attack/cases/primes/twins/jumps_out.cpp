// does: jumps within its own frame
#include <csetjmp>

int primes(int n) {
    std::jmp_buf here;
    if (n < 0 && setjmp(here) == 0) std::longjmp(here, 1);
    int count = 0;
    for (int i = 2; i <= n; ++i) {
        bool is_prime = true;
        for (int d = 2; d * d <= i && is_prime; ++d) is_prime = i % d != 0;
        count += is_prime;
    }
    return count;
}
