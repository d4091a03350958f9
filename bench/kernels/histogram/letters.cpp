// kind: memory
// ranges: text=32:126
#include <cctype>
#include <string>
#include <vector>

std::vector<long> letters(const std::string& text) {
    std::vector<long> count(26, 0);
    for (unsigned char c : text) {
        if (std::isalpha(c)) count[std::tolower(c) - 'a'] += 1;
    }
    return count;
}
