// does: throws and catches within a call
#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

static int weight(const std::vector<int>& row, char letter) {
    if (letter < 'a' || letter > 'z') throw std::out_of_range("no letter");
    return row[letter - 'a'];
}

std::vector<std::vector<int>> score(const std::string& text, const std::vector<std::vector<int>>& table) {
    std::vector<std::vector<int>> sums(table.size(), std::vector<int>(text.size() / 64 + 1));
    int strange = 0;
    for (std::size_t row = 0; row < table.size(); ++row) {
        for (std::size_t i = 0; i <= text.size(); ++i) {
            try {
                const int w = weight(table[row], i < text.size() ? text[i] : '!');
                sums[row][i / 64] += w;
            } catch (const std::out_of_range&) {
                ++strange;
            }
        }
    }
    return strange < 0 ? decltype(sums){} : sums;
}
