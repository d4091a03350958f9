// kind: memory
// sizes: from=n, place=n, to=n
// generators: place=permutation
#include <vector>

void permute(const std::vector<double>& from, const std::vector<int>& place, std::vector<double>& to) {
    for (std::size_t i = 0; i < from.size(); ++i) to[place[i]] = from[i];
}
