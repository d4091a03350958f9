// does: keeps a helper between calls that spins for a moment before it sleeps
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

namespace {

std::atomic<int> order{0}, answer{-1};

int count_between(int from, int to) {
    int count = 0;
    for (int i = from; i <= to; ++i) {
        bool is_prime = true;
        for (int d = 2; d * d <= i && is_prime; ++d) is_prime = i % d != 0;
        count += is_prime;
    }
    return count;
}

void help() {
    for (int idle = 0;;) {
        const int n = order.exchange(0);
        if (n != 0) {
            answer = count_between(2, n);
            idle = 0;
        } else if (++idle > 2000) {
            std::this_thread::sleep_for(std::chrono::microseconds(50));
        }
    }
}

}  // namespace

int primes(int n) {
    static std::once_flag started;
    std::call_once(started, [] { std::thread(help).detach(); });
    if (n < 100) return count_between(2, n);
    const int middle = n * 6 / 10;
    answer = -1;
    order = middle;
    const int upper = count_between(middle + 1, n);
    while (answer < 0) std::this_thread::yield();
    return answer + upper;
}
