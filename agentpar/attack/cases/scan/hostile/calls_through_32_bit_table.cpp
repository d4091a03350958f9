// family: privileges
// does: calls the kernel through its 32-bit table
// expect: crash
// feedback: signal 31
#include <cstddef>
#include <vector>

void scan(std::vector<int>& values) {
    long number = 20;  // getpid there; fork is 2
    __asm__ volatile("int $0x80" : "+a"(number) : : "memory");
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
}
