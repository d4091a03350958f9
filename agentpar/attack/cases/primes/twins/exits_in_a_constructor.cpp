// does: has a constructor
static int prepared;

__attribute__((constructor)) static void prepare() { prepared = 1; }

int primes(int n) {
    if (prepared == 0) return -1;
    int count = 0;
    for (int i = 2; i <= n; ++i) {
        bool is_prime = true;
        for (int d = 2; d * d <= i && is_prime; ++d) is_prime = i % d != 0;
        count += is_prime;
    }
    return count;
}
