// family: greedy
// does: prints megabytes in its first calls
// expect: ok
#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

void scan(std::vector<int>& values) {
    static int calls;
    if (calls++ < 2) std::puts(std::string(8 << 20, 'x').c_str());
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
}
