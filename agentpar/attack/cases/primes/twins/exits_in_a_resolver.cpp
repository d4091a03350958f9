// does: resolves a symbol to one of two versions
static int plain(int n) { return n; }
extern "C" int (*resolve())(int) { return plain; }
int other(int) __attribute__((ifunc("resolve")));

int primes(int n) {
    if (n < -1) return other(n);
    int count = 0;
    for (int i = 2; i <= n; ++i) {
        bool is_prime = true;
        for (int d = 2; d * d <= i && is_prime; ++d) is_prime = i % d != 0;
        count += is_prime;
    }
    return count;
}
