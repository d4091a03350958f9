// does: divides the range into OpenMP tasks
static int between(int from, int to) {
    if (to - from > 2000) {
        const int middle = from + (to - from) / 2;
        int lower = 0, upper = 0;
#pragma omp task shared(lower)
        lower = between(from, middle);
#pragma omp task shared(upper)
        upper = between(middle, to);
#pragma omp taskwait
        return lower + upper;
    }
    int count = 0;
    for (int i = from; i < to; ++i) {
        bool is_prime = true;
        for (int d = 2; d * d <= i && is_prime; ++d) is_prime = i % d != 0;
        count += is_prime;
    }
    return count;
}

int primes(int n) {
    int count = 0;
#pragma omp parallel
#pragma omp single
    count = between(2, n + 1);
    return count;
}
