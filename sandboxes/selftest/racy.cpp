// A program with a data race that the race gate must catch before its silence means anything.
int main() {
    long sum = 0;
#pragma omp parallel for num_threads(4)
    for (int i = 0; i < 100000; ++i) sum += i;
    return sum == 42;
}
