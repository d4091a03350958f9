// What this machine allows: how much faster N threads do the same work than one, when nothing but arithmetic or
// nothing but memory limits them. Prints one line: THREADS ARITHMETIC MEMORY. Usage: ceiling THREADS
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

template <class Work>
double seconds(int threads, Work work) {
    const auto begun = std::chrono::steady_clock::now();
    std::vector<std::thread> team;
    for (int t = 1; t < threads; ++t) team.emplace_back(work, t, threads);
    work(0, threads);
    for (auto& member : team) member.join();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

int main(int argc, char** argv) {
    const int threads = argc > 1 ? std::atoi(argv[1]) : 2;
    constexpr long steps = 24'000'000;
    constexpr std::size_t n = 3'000'000;  // three arrays of 24 MB: beyond common caches
    std::vector<double> a(n, 1.0), b(n, 2.0), c(n, 3.0);
    static volatile double sink;
    const auto arithmetic = [](int t, int of) {
        double x = 1.0 + t, y = 0.5;
        for (long i = steps * t / of; i < steps * (t + 1) / of; ++i) x = x * 0.999999 + y, y = y * 1.000001 - 1e-9;
        sink = x + y;
    };
    const auto memory = [&](int t, int of) {
        for (std::size_t i = n * t / of; i < n * (t + 1) / of; ++i) a[i] = b[i] + 1.5 * c[i];
    };
    std::vector<double> gain_arithmetic, gain_memory;
    for (int repeat = 0; repeat < 5; ++repeat) {
        const double one = seconds(1, arithmetic);
        gain_arithmetic.push_back(one / seconds(threads, arithmetic));
        const double serial = seconds(1, memory);
        gain_memory.push_back(serial / seconds(threads, memory));
    }
    std::sort(gain_arithmetic.begin(), gain_arithmetic.end());
    std::sort(gain_memory.begin(), gain_memory.end());
    std::printf("%d %.3f %.3f\n", threads, gain_arithmetic[2], gain_memory[2]);
}
