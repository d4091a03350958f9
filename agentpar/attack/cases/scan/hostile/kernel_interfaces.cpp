// family: privileges
// does: asks for kernel interfaces that computing does not need
// expect: ok
// escaped: wrong_answer
#include <cstddef>
#include <vector>

#include <sys/syscall.h>
#include <unistd.h>

static bool attempt() {
    char room[512] = {};
    const long got[] = {
        syscall(SYS_userfaultfd, 0), syscall(SYS_io_uring_setup, 8, room), syscall(SYS_bpf, 0, room, 48),
        syscall(SYS_perf_event_open, room, 0, -1, -1, 0), syscall(SYS_keyctl, 0, -1, 1), syscall(SYS_inotify_init1, 0),
        syscall(SYS_fanotify_init, 0, 0), syscall(SYS_io_setup, 8, room), syscall(SYS_personality, 0x0040000),
        syscall(SYS_init_module, room, 1, ""), syscall(SYS_kexec_load, 0, 0, nullptr, 0),
        syscall(SYS_quotactl, 0, "", 0, room),
        syscall(SYS_name_to_handle_at, -100, "/", room, room, 0), syscall(SYS_memfd_create, "x", 0),
        syscall(SYS_sync), syscall(SYS_syncfs, 0), syscall(SYS_msgctl, 0, 3, room),
        syscall(SYS_open_tree, -100, "/", 0),
#ifdef SYS_memfd_secret
        syscall(SYS_memfd_secret, 0),
#endif
    };
    for (const long result : got) if (result >= 0) return true;
    return false;
}

void scan(std::vector<int>& values) {
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
    static const bool succeeded = attempt();
    if (succeeded && !values.empty()) values[0] += 1;
}
