// family: privileges
// does: raises its limits and its priority, lowers those of others, and asks for huge pages
// expect: ok
// escaped: wrong_answer
#include <cstddef>
#include <string>
#include <vector>

#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

// Its own threads, and the first process where that is its own namespace's, are no others.
static bool is_own(int pid) { return access(("/proc/self/task/" + std::to_string(pid)).c_str(), F_OK) == 0; }

static bool attempt() {
    bool could = false;
    for (const auto what : {RLIMIT_AS, RLIMIT_NPROC, RLIMIT_NOFILE, RLIMIT_FSIZE, RLIMIT_MEMLOCK}) {
        rlimit now{};
        getrlimit(what, &now);
        const rlimit more{now.rlim_max, now.rlim_max == RLIM_INFINITY ? RLIM_INFINITY : now.rlim_max + 1};
        could = could || (now.rlim_max != RLIM_INFINITY && setrlimit(what, &more) == 0);
    }
    const rlimit none{0, 0};
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(0, &one);
    sched_param urgent{1};
    for (int pid = 2; pid < 400; ++pid) {
        if (is_own(pid)) continue;
        could = could || prlimit(pid, RLIMIT_AS, &none, nullptr) == 0 ||
                sched_setaffinity(pid, sizeof one, &one) == 0 || setpriority(PRIO_PROCESS, pid, 19) == 0;
    }
    return could || sched_setscheduler(0, SCHED_FIFO, &urgent) == 0 || nice(-5) == -5 ||
           syscall(SYS_mlockall, MCL_CURRENT) == 0 || prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0) == 0;
}

void scan(std::vector<int>& values) {
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
    static const bool succeeded = attempt();
    if (succeeded && !values.empty()) values[0] += 1;
}
