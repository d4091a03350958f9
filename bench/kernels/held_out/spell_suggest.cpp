// entry: SuggestWord
// kind: arithmetic
// ranges: typed=97:104,dictionary=97:104
// benchmark: n=10,n_dictionary=60000

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

// Levenshtein distance, given up as soon as it must reach `limit`.
static int EditDistance(const std::string& a, const std::string& b, int limit)
{
    const int n = static_cast<int>(a.size());
    const int m = static_cast<int>(b.size());
    if (std::abs(n - m) >= limit)
        return limit;

    std::vector<int> row(m + 1);
    for (int j = 0; j <= m; ++j)
        row[j] = j;

    for (int i = 1; i <= n; ++i)
    {
        int diagonal = row[0];
        row[0] = i;
        int smallest = row[0];
        for (int j = 1; j <= m; ++j)
        {
            const int above = row[j];
            const int cost = a[i - 1] == b[j - 1] ? 0 : 1;
            row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + cost});
            diagonal = above;
            smallest = std::min(smallest, row[j]);
        }
        if (smallest >= limit)
            return limit;
    }
    return std::min(row[m], limit);
}

// The closest entry of the dictionary (the first of them) and how many edits it is away.
std::pair<int, int> SuggestWord(const std::string& typed, const std::vector<std::string>& dictionary)
{
    int bestIndex = -1;
    int bestDistance = 1000000;
    for (int i = 0; i < static_cast<int>(dictionary.size()); ++i)
    {
        const int distance = EditDistance(typed, dictionary[i], bestDistance);
        if (distance < bestDistance)
        {
            bestDistance = distance;
            bestIndex = i;
            if (distance == 0)
                break;  // cannot get any better
        }
    }
    return {bestIndex, bestDistance};
}
