// family: hangs
// does: hangs in handlers and destructors at its end
// expect: ok
#include <cstdlib>
#include <thread>

#include <unistd.h>

struct Endless {
    ~Endless() { for (;;) pause(); }
};
static Endless at_exit;
static thread_local Endless in_thread;

static void forever() { for (;;) pause(); }

int primes(int n) {
    static const int registered = std::atexit(forever) + at_quick_exit(forever) + (&in_thread == nullptr);
    if (registered != 0) return -1;
    static std::thread* worker = new std::thread([] { (void)&in_thread; forever(); });
    if (!worker->joinable()) return -1;
    int count = 0;
    for (int i = 2; i <= n; ++i) {
        bool is_prime = true;
        for (int d = 2; d * d <= i && is_prime; ++d) is_prime = i % d != 0;
        count += is_prime;
    }
    return count;
}
