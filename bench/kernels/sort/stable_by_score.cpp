// kind: arithmetic
// sizes: results=n
// ranges: results=0:100
// The best first; what is equal keeps its order.
#include <algorithm>
#include <vector>

struct Result {
    int score;
    int document;
};

bool better(const Result& a, const Result& b) { return a.score > b.score; }

void stable_by_score(std::vector<Result>& results) { std::stable_sort(results.begin(), results.end(), better); }
