// does: returns rows that it made one by one
#include <cstddef>
#include <string>
#include <vector>

std::vector<std::vector<int>> score(const std::string& text, const std::vector<std::vector<int>>& table) {
    std::vector<std::vector<int>> sums;
    for (const auto& weights : table) {
        sums.emplace_back(text.size() / 64 + 1);
        for (std::size_t i = 0; i < text.size(); ++i) sums.back()[i / 64] += weights[text[i] - 'a'];
    }
    return sums;
}
