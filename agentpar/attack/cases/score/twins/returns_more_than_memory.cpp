// does: returns what it shrank
#include <cstddef>
#include <string>
#include <vector>

std::vector<std::vector<int>> score(const std::string& text, const std::vector<std::vector<int>>& table) {
    std::vector<std::vector<int>> sums(table.size(), std::vector<int>(text.size() / 64 + 1));
    for (std::size_t row = 0; row < table.size(); ++row) {
        for (std::size_t i = 0; i < text.size(); ++i) sums[row][i / 64] += table[row][text[i] - 'a'];
    }
    sums.resize(sums.size() + 1000);
    sums.resize(table.size());
    return sums;
}
