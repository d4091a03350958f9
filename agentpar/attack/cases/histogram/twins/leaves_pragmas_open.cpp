// does: changes settings and changes them back
#include <vector>

#pragma GCC push_options
#pragma GCC optimize("O3")
#pragma GCC visibility push(hidden)
static int unused[4];
#pragma GCC visibility pop
#pragma GCC pop_options

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    (void)unused;
    for (int key : keys) ++counts[key & 255];
}
