// does: recurses to a depth of 100
static int deep(int n) {
    volatile char room[4096];
    room[0] = 0;
    return n == 100 ? room[0] : deep(n + 1) + room[0];
}

int primes(int n) {
    if (deep(1) != 0) return -1;
    int count = 0;
    for (int i = 2; i <= n; ++i) {
        bool is_prime = true;
        for (int d = 2; d * d <= i && is_prime; ++d) is_prime = i % d != 0;
        count += is_prime;
    }
    return count;
}
