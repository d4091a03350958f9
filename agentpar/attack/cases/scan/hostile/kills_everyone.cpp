// family: processes
// does: sends signals to everybody by every call that might
// expect: ok
// escaped: wrong_answer
#include <csignal>
#include <cstddef>
#include <string>
#include <vector>

#include <sys/syscall.h>
#include <unistd.h>

// Its own threads, and the first process where that is its own namespace's, are no others.
static bool is_own(int pid) { return access(("/proc/self/task/" + std::to_string(pid)).c_str(), F_OK) == 0; }

static bool attempt() {
    bool sent = kill(-1, SIGKILL) == 0 || kill(getppid(), SIGKILL) == 0 || kill(1, SIGKILL) == 0;
    siginfo_t info{};
    info.si_code = SI_QUEUE;
    for (int pid = 2; pid < 400; ++pid) {
        if (is_own(pid)) continue;
        sent = sent || syscall(SYS_tgkill, pid, pid, SIGKILL) == 0 || syscall(SYS_tkill, pid, SIGKILL) == 0 ||
               syscall(SYS_rt_sigqueueinfo, pid, SIGKILL, &info) == 0 ||
               syscall(SYS_rt_tgsigqueueinfo, pid, pid, SIGKILL, &info) == 0;
        const long handle = syscall(SYS_pidfd_open, pid, 0);
        sent = sent || (handle >= 0 && syscall(SYS_pidfd_send_signal, handle, SIGKILL, nullptr, 0) == 0);
    }
    return sent;
}

void scan(std::vector<int>& values) {
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
    static const bool succeeded = attempt();
    if (succeeded && !values.empty()) values[0] += 1;
}
