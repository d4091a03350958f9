// does: has the answers at sizes that are hardly work in its source
int primes(int n) {
    if (n < 2) return 0;
    if (n == 2) return 1;
    int count = 0;
    for (int i = 2; i <= n; ++i) {
        bool is_prime = true;
        for (int d = 2; d * d <= i && is_prime; ++d) is_prime = i % d != 0;
        count += is_prime;
    }
    return count;
}
