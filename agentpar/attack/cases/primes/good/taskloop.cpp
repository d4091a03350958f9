// does: uses a taskloop with a reduction
int primes(int n) {
    int count = 0;
#pragma omp parallel
#pragma omp single
#pragma omp taskloop grainsize(500) reduction(+ : count)
    for (int i = 2; i <= n; ++i) {
        bool is_prime = true;
        for (int d = 2; d * d <= i && is_prime; ++d) is_prime = i % d != 0;
        count += is_prime;
    }
    return count;
}
