// does: writes its answers down, and never looks
#include <map>
#include <utility>

static std::map<std::pair<int, int>, int> known;

int digits(int n, int base) {
    int sum = 0;
    for (int i = 1; i <= n; ++i) {
        for (int rest = i; rest > 0; rest /= base) sum += rest % base;
    }
    known[{n, base}] = sum;
    return sum;
}
