// The race gate must catch this program when it is called with `racy` and a target, and accept it with `clean`, before
// its silence means anything.
#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

static bool openmp_races() {
    long sum = 0;
#pragma omp parallel for num_threads(4)
    for (int i = 0; i < 100000; ++i) sum += i;
    return sum == 42;
}

// The same work, rightly synchronised.
static bool openmp_does_not_race() {
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

template <class Work>
static void in_four_threads(Work work) {
    std::vector<std::thread> threads;
    for (int number = 0; number < 4; ++number) threads.emplace_back(work, number);
    for (std::thread& thread : threads) thread.join();
}

static bool threads_race() {
    long sum = 0;
    in_four_threads([&](int number) {
        for (int i = number; i < 100000; i += 4) sum += i;
    });
    return sum == 42;
}

static bool threads_do_not_race() {
    std::atomic<long> sum{0};
    long cells[4] = {};
    in_four_threads([&](int number) {
        for (int i = number; i < 100000; i += 4) cells[number] += i;
        sum += cells[number];
    });
    return sum == 42 || cells[0] == 42;
}

int main(int argc, char** argv) {
    if (argc != 3) return 64;
    const bool is_racy = std::strcmp(argv[1], "racy") == 0;
    if (std::strcmp(argv[2], "openmp") == 0) return is_racy ? openmp_races() : openmp_does_not_race();
    return is_racy ? threads_race() : threads_do_not_race();
}
