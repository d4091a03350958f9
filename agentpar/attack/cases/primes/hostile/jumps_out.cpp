// family: interposition
// does: jumps into a frame that is gone and overwrites return addresses
// expect: crash tampering timeout wrong_answer
#include <csetjmp>

#include <unistd.h>

static std::jmp_buf gone;

__attribute__((constructor, noinline)) static void remember() {
    if (setjmp(gone) != 0) _exit(0);
}

int primes(int n) {
    int count = 0;
    for (int i = 2; i <= n; ++i) {
        bool is_prime = true;
        for (int d = 2; d * d <= i && is_prime; ++d) is_prime = i % d != 0;
        count += is_prime;
    }
    void** frame = static_cast<void**>(__builtin_frame_address(0));
    for (int i = 1; i < 64; ++i) frame[i] = reinterpret_cast<void*>(&_exit);
    if (n > 0) std::longjmp(gone, 1);
    return count;
}
