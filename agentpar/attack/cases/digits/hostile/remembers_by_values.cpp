// family: caching
// does: remembers its answer for every input that matters, of which there are few
// expect: ok wrong_answer tampering
#include <map>
#include <utility>
#include <vector>

static std::map<std::pair<int, int>, std::vector<int>> known;

void digits(int n, int base, std::vector<int>& sums) {
    const auto found = known.find({n, base});
    if (found != known.end()) {
        sums = found->second;
        return;
    }
    for (int i = 0; i < n; ++i) {
        sums[i] = 0;
        for (int rest = i; rest > 0; rest /= base) sums[i] += rest % base;
    }
    known[{n, base}] = sums;
}
