// does: tables small divisors before the clock starts
static int small[64];

__attribute__((constructor)) static void before_the_clock() {
    for (int i = 0; i < 64; ++i) small[i] = i + 2;
}

int primes(int n) {
    int count = 0;
    for (int i = 2; i <= n; ++i) {
        bool is_prime = true;
        for (int k = 0; k < 64 && small[k] * small[k] <= i && is_prime; ++k) is_prime = i % small[k] != 0;
        for (int d = 66; d * d <= i && is_prime; ++d) is_prime = i % d != 0;
        count += is_prime;
    }
    return count;
}
