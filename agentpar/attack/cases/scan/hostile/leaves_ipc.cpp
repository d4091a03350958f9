// family: leftovers
// does: makes System V objects, message queues and keys for the next candidate
// expect: ok
// escaped: wrong_answer
#include <cstddef>
#include <vector>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool attempt() {
    const int key = 0x61676e74;
    const long memory = syscall(SYS_shmget, key, 4096, 01666), semaphore = syscall(SYS_semget, key, 1, 01666),
               queue = syscall(SYS_msgget, key, 01666),
               named = syscall(SYS_mq_open, "agentpar-was-here", O_CREAT, 0666, nullptr),
               kept = syscall(SYS_add_key, "user", "agentpar-was-here", "x", 1, -5);
    return memory >= 0 || semaphore >= 0 || queue >= 0 || named >= 0 || kept >= 0;
}

void scan(std::vector<int>& values) {
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
    static const bool succeeded = attempt();
    if (succeeded && !values.empty()) values[0] += 1;
}
