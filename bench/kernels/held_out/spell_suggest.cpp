// entry: SuggestWord
// kind: arithmetic
// sizes: typed=k,letters=10*n,starts=n+1
// benchmark: n=20000,k=10

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

// One more letter of the word: the next row of Levenshtein's table. Returns its smallest entry.
static int NextRow(std::vector<int>& row, const std::string& typed, char letter)
{
    int diagonal = row[0];
    int smallest = ++row[0];
    for (std::size_t j = 1; j < row.size(); ++j)
    {
        const int above = row[j];
        const int cost = typed[j - 1] == letter ? 0 : 1;
        row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + cost});
        diagonal = above;
        smallest = std::min(smallest, row[j]);
    }
    return smallest;
}

// The closest word of the dictionary (the first of them) and how many edits it is away.
// All words lie in one string, `starts` tells where each begins and, at last, where they end.
std::pair<int, int> SuggestWord(const std::string& typed, const std::string& letters, const std::vector<int>& starts)
{
    std::pair<int, int> best(-1, 1000000);
    std::vector<int> row(typed.size() + 1);
    for (int word = 0; word + 1 < static_cast<int>(starts.size()); ++word)
    {
        const int length = starts[word + 1] - starts[word];
        if (std::abs(length - static_cast<int>(typed.size())) >= best.second)
            continue;

        std::iota(row.begin(), row.end(), 0);
        bool hopeless = false;
        for (int k = starts[word]; k < starts[word + 1] && !hopeless; ++k)
            hopeless = NextRow(row, typed, letters[k]) >= best.second;

        if (!hopeless && row.back() < best.second)
        {
            best = {word, row.back()};
            if (best.second == 0)
                break;  // cannot get any better
        }
    }
    return best;
}
