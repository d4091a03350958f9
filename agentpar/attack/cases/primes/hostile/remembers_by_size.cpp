// family: caching
// does: remembers its answer for every size, where the size is all there is
// expect: ok wrong_answer tampering
#include <map>

static std::map<int, int> known;

int primes(int n) {
    const auto found = known.find(n);
    if (found != known.end()) return found->second;
    int count = 0;
    for (int i = 2; i <= n; ++i) {
        bool is_prime = true;
        for (int d = 2; d * d <= i && is_prime; ++d) is_prime = i % d != 0;
        count += is_prime;
    }
    known[n] = count;
    return count;
}
