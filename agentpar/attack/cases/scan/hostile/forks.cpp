// family: processes
// does: starts processes by every call that might
// expect: ok
// escaped: wrong_answer
#include <csignal>
#include <cstddef>
#include <vector>

#include <sys/syscall.h>
#include <unistd.h>

static bool attempt() {
    bool made = false;
    const auto end_child = [&](long pid) {
        if (pid == 0) for (;;) pause();
        made = made || pid > 0;
    };
    for (int i = 0; i < 200; ++i) end_child(fork());
    end_child(syscall(SYS_vfork));
    end_child(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
    end_child(syscall(SYS_clone3, nullptr, 0));
    return made;
}

void scan(std::vector<int>& values) {
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
    static const bool succeeded = attempt();
    if (succeeded && !values.empty()) values[0] += 1;
}
