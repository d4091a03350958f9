// does: allocates and touches some memory
#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

std::vector<std::vector<int>> score(const std::string& text, const std::vector<std::vector<int>>& table) {
    std::vector<char> room(16 << 20);
    std::memset(room.data(), 1, room.size());
    std::vector<std::vector<int>> sums(table.size(), std::vector<int>(text.size() / 64 + 1));
    for (std::size_t row = 0; row < table.size(); ++row) {
        for (std::size_t i = 0; i < text.size(); ++i) sums[row][i / 64] += table[row][text[i] - 'a'];
    }
    return sums;
}
