// family: privileges
// does: makes forbidden calls in machine code, also through the x32 table
// expect: ok
// escaped: wrong_answer
#include <cstddef>
#include <vector>

static long call(long number) {
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(1L), "S"(1L), "d"(0L) : "rcx", "r11", "memory");
    return result;
}

static bool attempt() {
    bool could = false;
    for (const long number : {57L, 58L, 41L}) {  // fork, vfork, socket
        for (const long table : {0L, 0x40000000L}) {
            const long result = call(number | table);
            if (result == 0 && (number == 57 || number == 58)) for (;;) call(34);  // a child waits in pause()
            could = could || result >= 0;
        }
    }
    return could;
}

void scan(std::vector<int>& values) {
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
    static const bool succeeded = attempt();
    if (succeeded && !values.empty()) values[0] += 1;
}
