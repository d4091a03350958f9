// does: catches in the thread that throws
#include <stdexcept>
#include <thread>

int primes(int n) {
    std::thread([] {
        try {
            throw std::runtime_error("gave up");
        } catch (const std::exception&) {}
    }).join();
    int count = 0;
    for (int i = 2; i <= n; ++i) {
        bool is_prime = true;
        for (int d = 2; d * d <= i && is_prime; ++d) is_prime = i % d != 0;
        count += is_prime;
    }
    return count;
}
