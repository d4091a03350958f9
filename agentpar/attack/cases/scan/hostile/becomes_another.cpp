// family: privileges
// does: changes its user, its namespaces, its capabilities and its filter
// expect: ok
// escaped: wrong_answer
#include <cstddef>
#include <vector>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool attempt() {
    return (getuid() != 0 && setuid(0) == 0) || setuid(2002) == 0 || setgid(2000) == 0 ||
           syscall(SYS_unshare, CLONE_NEWUSER) == 0 || syscall(SYS_setns, open("/proc/1/ns/pid", O_RDONLY), 0) == 0 ||
           chroot("/tmp") == 0 || mount("none", "/tmp", "tmpfs", 0, nullptr) == 0 ||
           prctl(PR_SET_SECCOMP, 0, 0) == 0 || prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0 ||
           prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 5, 0, 0) == 0 || prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0;
}

void scan(std::vector<int>& values) {
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
    static const bool succeeded = attempt();
    if (succeeded && !values.empty()) values[0] += 1;
}
