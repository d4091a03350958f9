// does: recurses over halves and jumps with goto
#include <cstddef>
#include <vector>

static int scan_from(int* values, std::size_t n, int carry) {
    if (n > 4096) {
        carry = scan_from(values, n / 2, carry);
        return scan_from(values + n / 2, n - n / 2, carry);
    }
    std::size_t i = 0;
again:
    if (i == n) return carry;
    carry += values[i];
    values[i++] = carry;
    goto again;
}

void scan(std::vector<int>& values) { scan_from(values.data(), values.size(), 0); }
