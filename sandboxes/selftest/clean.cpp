// The same work, rightly synchronised: the race gate must accept it.
int main() {
    long sum = 0;
    long cells[64] = {};
#pragma omp parallel for num_threads(4) reduction(+ : sum)
    for (int i = 0; i < 100000; ++i) sum += i;
#pragma omp parallel num_threads(4)
    {
#pragma omp for
        for (int i = 0; i < 64; ++i) cells[i] = i;
#pragma omp for
        for (int i = 0; i < 64; ++i) cells[63 - i] += 1;
    }
    return sum == 42 || cells[0] == 42;
}
