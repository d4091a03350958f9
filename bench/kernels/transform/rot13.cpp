// kind: memory
// ranges: text=32:126
#include <string>

char turned(char c) {
    if (c >= 'a' && c <= 'z') return static_cast<char>('a' + (c - 'a' + 13) % 26);
    if (c >= 'A' && c <= 'Z') return static_cast<char>('A' + (c - 'A' + 13) % 26);
    return c;
}

void rot13(std::string& text) {
    for (char& c : text) c = turned(c);
}
