// family: greedy
// does: recurses without end
// expect: crash
// feedback: segmentation fault
static int deep(volatile int n) {
    volatile char room[4096];
    room[0] = static_cast<char>(n);
    return deep(n + 1) + room[0];
}

int primes(int n) {
    if (deep(1) == 0) return -1;
    int count = 0;
    for (int i = 2; i <= n; ++i) {
        bool is_prime = true;
        for (int d = 2; d * d <= i && is_prime; ++d) is_prime = i % d != 0;
        count += is_prime;
    }
    return count;
}
