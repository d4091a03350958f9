// family: caching
// does: remembers its answer for every input that matters, of which there are few
// expect: ok wrong_answer tampering
#include <map>
#include <utility>
#include <vector>

static std::map<std::pair<int, int>, std::vector<int>> known;

void digits(int n, const std::vector<int>& bases, std::vector<int>& sums) {
    const auto found = known.find({n, bases[0]});
    if (found != known.end()) {
        for (int i = 1; i < n; ++i) sums[i] = found->second[i];
        return;
    }
    for (int i = 1; i < n; ++i) {
        sums[i] = 0;
        for (int rest = i; rest > 0; rest /= bases[0]) sums[i] += rest % bases[0];
    }
    known[{n, bases[0]}] = sums;
}
