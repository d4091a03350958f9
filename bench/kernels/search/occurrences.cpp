// kind: arithmetic
// sizes: text=n, pattern=3
// ranges: text=97:98, pattern=97:98
// How often the pattern occurs, overlaps included.
#include <cstddef>
#include <string>

std::size_t occurrences(const std::string& text, const std::string& pattern) {
    std::size_t count = 0;
    if (pattern.empty() || text.size() < pattern.size()) return count;
    for (std::size_t i = 0; i + pattern.size() <= text.size(); ++i) {
        bool same = true;
        for (std::size_t j = 0; same && j < pattern.size(); ++j) same = text[i + j] == pattern[j];
        if (same) ++count;
    }
    return count;
}
