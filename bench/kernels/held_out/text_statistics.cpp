// entry: measureText
// kind: arithmetic
// ranges: text=32:122

#include <algorithm>
#include <iterator>
#include <vector>

struct TextStatistics {
    long words;
    long letters;
    long sentences;
    long syllables;
    long longWords;  // seven letters or more, as LIX wants them
};

namespace {

bool isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool isVowel(char c) {
    switch (c | 0x20) {
        case 'a': case 'e': case 'i': case 'o': case 'u': case 'y': return true;
        default: return false;
    }
}

// Groups of vowels, at least one per word.
long syllablesOf(std::vector<char>::const_iterator first, std::vector<char>::const_iterator last) {
    long groups = 0;
    bool inside = false;
    for (; first != last; ++first) {
        const bool vowel = isVowel(*first);
        if (vowel && !inside) ++groups;
        inside = vowel;
    }
    return std::max(groups, 1L);
}

}  // namespace

// Raw counts for the readability scores (Flesch, LIX) of a file that was read into a buffer.
TextStatistics measureText(const std::vector<char>& text) {
    TextStatistics stats{};
    stats.sentences = std::count_if(text.begin(), text.end(), [](char c) { return c == '.' || c == '!' || c == '?'; });

    auto position = text.begin();
    while (true) {
        const auto wordBegin = std::find_if(position, text.end(), isLetter);
        if (wordBegin == text.end()) break;
        const auto wordEnd = std::find_if_not(wordBegin, text.end(), isLetter);
        const long length = std::distance(wordBegin, wordEnd);
        stats.words += 1;
        stats.letters += length;
        stats.syllables += syllablesOf(wordBegin, wordEnd);
        if (length >= 7) stats.longWords += 1;
        position = wordEnd;
    }
    return stats;
}
