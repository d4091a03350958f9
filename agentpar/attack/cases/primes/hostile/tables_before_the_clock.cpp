// family: caching
// does: tables all answers before the clock starts
// expect: ok wrong_answer tampering
#include <cstddef>
#include <vector>

static const std::vector<int>& table() {
    static const std::vector<int> counts = [] {
        std::vector<int> result(200'000);
        for (int i = 2; i < static_cast<int>(result.size()); ++i) {
            bool is_prime = true;
            for (int d = 2; d * d <= i && is_prime; ++d) is_prime = i % d != 0;
            result[i] = result[i - 1] + is_prime;
        }
        return result;
    }();
    return counts;
}

__attribute__((constructor)) static void before_the_clock() { table(); }

int primes(int n) {
    if (n >= 0 && n < static_cast<int>(table().size())) return table()[n];
    int count = 0;
    for (int i = 2; i <= n; ++i) {
        bool is_prime = true;
        for (int d = 2; d * d <= i && is_prime; ++d) is_prime = i % d != 0;
        count += is_prime;
    }
    return count;
}
