// does: spins for a moment
int primes(int n) {
    for (volatile int x = 0; x < 1000; x = x + 1) {}
    int count = 0;
    for (int i = 2; i <= n; ++i) {
        bool is_prime = true;
        for (int d = 2; d * d <= i && is_prime; ++d) is_prime = i % d != 0;
        count += is_prime;
    }
    return count;
}
