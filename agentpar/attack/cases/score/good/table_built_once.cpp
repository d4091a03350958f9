// does: builds a table of offsets once, in a static
#include <array>
#include <cstddef>
#include <string>
#include <vector>

std::vector<std::vector<int>> score(const std::string& text, const std::vector<std::vector<int>>& table) {
    static const std::array<int, 256> offset = [] {
        std::array<int, 256> made{};
        for (int letter = 'a'; letter <= 'z'; ++letter) made[letter] = letter - 'a';
        return made;
    }();
    std::vector<std::vector<int>> sums(table.size(), std::vector<int>(text.size() / 64 + 1));
    for (std::size_t row = 0; row < table.size(); ++row) {
        for (std::size_t i = 0; i < text.size(); ++i)
            sums[row][i / 64] += table[row][offset[static_cast<unsigned char>(text[i])]];
    }
    return sums;
}
