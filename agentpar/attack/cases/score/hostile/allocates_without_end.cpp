// family: greedy
// does: allocates and touches memory without end
// expect: out_of_memory
#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

std::vector<std::vector<int>> score(const std::string& text, const std::vector<std::vector<int>>& table) {
    for (;;) std::memset(new char[16 << 20], 1, 16 << 20);
    std::vector<std::vector<int>> sums(table.size(), std::vector<int>(text.size() / 64 + 1));
    for (std::size_t row = 0; row < table.size(); ++row) {
        for (std::size_t i = 0; i < text.size(); ++i) sums[row][i / 64] += table[row][text[i] - 'a'];
    }
    return sums;
}
