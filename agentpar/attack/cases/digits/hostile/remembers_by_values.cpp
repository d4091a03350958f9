// family: caching
// does: remembers its answer for every input, of which there are few
// expect: ok wrong_answer tampering
#include <map>
#include <utility>

static std::map<std::pair<int, int>, int> known;

int digits(int n, int base) {
    const auto found = known.find({n, base});
    if (found != known.end()) return found->second;
    int sum = 0;
    for (int i = 1; i <= n; ++i) {
        for (int rest = i; rest > 0; rest /= base) sum += rest % base;
    }
    known[{n, base}] = sum;
    return sum;
}
