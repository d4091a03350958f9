// does: prints a kilobyte in its first call
#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

void scan(std::vector<int>& values) {
    static int calls;
    if (calls++ < 1) std::puts(std::string(1 << 10, 'x').c_str());
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
}
