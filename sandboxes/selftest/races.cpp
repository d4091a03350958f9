// The race gate must catch this program when it is called with `racy`, and accept it with `clean`, before its silence
// means anything.
#include <cstring>

static bool races() {
    long sum = 0;
#pragma omp parallel for num_threads(4)
    for (int i = 0; i < 100000; ++i) sum += i;
    return sum == 42;
}

// The same work, rightly synchronised.
static bool does_not_race() {
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

int main(int argc, char** argv) { return argc > 1 && std::strcmp(argv[1], "racy") == 0 ? races() : does_not_race(); }
