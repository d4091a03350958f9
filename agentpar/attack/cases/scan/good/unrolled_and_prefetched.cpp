// does: is unrolled by hand and fetches ahead
#include <cstddef>
#include <vector>

void scan(std::vector<int>& values) {
    int* at = values.data();
    std::size_t left = values.size();
    int sum = 0;
    for (; left >= 4; left -= 4, at += 4) {
        __builtin_prefetch(at + 64, 1);
        at[0] = sum += at[0];
        at[1] = sum += at[1];
        at[2] = sum += at[2];
        at[3] = sum += at[3];
    }
    for (; left > 0; --left, ++at) *at = sum += *at;
}
