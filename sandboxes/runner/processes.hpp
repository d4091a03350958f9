// Starting processes under an identity, taking what they print, and ending all of them.
#pragma once

#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>

#include "files.hpp"

namespace runner {

constexpr std::size_t kept_output = 64 * 1024;  // of each stream: the beginning, where compilers put the cause

struct Limits {
    std::uint64_t address_space = 0, file_bytes = 0, cpu_seconds = 0;
};

struct Spawn {
    std::string identity;
    std::vector<std::string> arguments, environment;
    std::string directory = "work";  // below the root
    Limits limits;
    int input = -1, output = -1, error = -1;
    std::vector<int> keep;  // descriptors that stay open, under the same number
};

inline void set_limit(int resource, std::uint64_t value) {
    if (value == 0) return;
    const rlimit both{value, value};
    if (setrlimit(static_cast<__rlimit_resource>(resource), &both) != 0) _exit(71);
}

// The judge keeps one capability, over the change of user and the exec: to stop and continue workers.
inline void keep_only_kill() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[2] = {};
    data[0].effective = data[0].permitted = data[0].inheritable = 1u << CAP_KILL;
    if (syscall(SYS_capset, &header, data) != 0) _exit(72);
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0) != 0) _exit(72);
}

// In bwrap mode root gives root up: namespaces part the identities, but files know only the user.
inline bool drops_to_nobody(const Identity& who) { return mode == Mode::bwrap && !who.outside && geteuid() == 0; }

inline void become(const Identity& who) {
    if (drops_to_nobody(who) && (setgroups(0, nullptr) != 0 || setresgid(nobody_user, nobody_user, nobody_user) != 0 ||
                                 setresuid(nobody_user, nobody_user, nobody_user) != 0))
        _exit(73);
    if (mode != Mode::uids) return;
    const gid_t groups[] = {keeper_user};
    if (setgroups(who.reads_private ? 1 : 0, groups) != 0 || setresgid(who.user, who.user, who.user) != 0) _exit(73);
    if (who.signals_others && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) _exit(73);
    if (setresuid(who.user, who.user, who.user) != 0) _exit(73);
    if (who.signals_others) keep_only_kill();
}

// In bwrap mode the command line that surrounds a worker: only what its identity may see is there.
inline std::vector<std::string> wrapped(const Identity& who, const std::vector<std::string>& arguments, const std::string& directory) {
    if (mode != Mode::bwrap || who.outside) return arguments;
    std::vector<std::string> line = wrapper;
    const auto bind = [&](bool writable, const std::string& what) {
        line.insert(line.end(), {writable ? "--bind" : "--ro-bind", path_in(what), path_in(what)});
    };
    bind(who.writes_task, "task/public");
    if (who.reads_private) bind(who.writes_task, "task/private");
    bind(who.writes_work, "work");
    line.insert(line.end(), {"--chdir", directory, "--"});
    line.insert(line.end(), arguments.begin(), arguments.end());
    return line;
}

inline std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> result;
    for (std::string& s : strings) result.push_back(s.data());
    result.push_back(nullptr);
    return result;
}

inline pid_t start(const Spawn& spawn) {
    const Identity& who = identity_of(spawn.identity);
    const std::string directory = path_in(spawn.directory);
    std::vector<std::string> arguments = wrapped(who, spawn.arguments, directory), environment = spawn.environment;
    std::vector<char*> argv = pointers(arguments), envp = pointers(environment);
    const pid_t parent = getpid(), child = fork();
    if (child < 0) fail("fork");
    if (child > 0) return child;

    setsid();
    const int null = open("/dev/null", O_RDWR);
    if (dup2(spawn.input >= 0 ? spawn.input : null, 0) < 0 || dup2(spawn.output >= 0 ? spawn.output : null, 1) < 0 ||
        dup2(spawn.error >= 0 ? spawn.error : null, 2) < 0)
        _exit(74);
    for (int fd : spawn.keep) fcntl(fd, F_SETFD, 0);
    prctl(PR_SET_TIMERSLACK, 50'000, 0, 0, 0);  // the kernel's own default, which the runner has left
    set_limit(RLIMIT_CORE, 1);
    set_limit(RLIMIT_AS, spawn.limits.address_space);
    set_limit(RLIMIT_FSIZE, spawn.limits.file_bytes);
    set_limit(RLIMIT_CPU, spawn.limits.cpu_seconds);
    const bool is_candidate = spawn.identity == "candidate";
    if (const int adjust = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC); is_candidate && adjust >= 0) {
        if (write(adjust, "1000", 4) < 0) { /* a hint only: where /proc is read-only the default stays */ }
    }
    become(who);
    // After the change of user, which clears it.
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != parent) _exit(75);
    if (chdir(directory.c_str()) != 0) _exit(76);
    execvpe(argv[0], argv.data(), envp.data());
    _exit(errno == ENOENT ? 127 : 126);
}

// Children of this process, as far as the kernel lists them. Orphans are among them: the runner is their reaper.
inline std::vector<pid_t> children() {
    std::vector<pid_t> found;
    std::FILE* list = std::fopen("/proc/thread-self/children", "re");
    if (list == nullptr) return found;
    for (int pid; std::fscanf(list, "%d", &pid) == 1;) found.push_back(pid);
    std::fclose(list);
    return found;
}

// Kills every other process: in a container all there are; elsewhere all descendants, orphans included. Whoever is left
// without a parent becomes a child of the runner, so they are all gone when it has none.
inline bool kill_everything() {
    const std::int64_t deadline = now_ns() + 3'000'000'000;
    for (long wait_ns = 20'000; now_ns() < deadline; wait_ns = std::min(2 * wait_ns, 1'000'000L)) {
        if (mode == Mode::uids && getpid() == 1) kill(-1, SIGKILL);
        else for (const pid_t child : children()) kill(child, SIGKILL);
        pid_t reaped;
        while ((reaped = waitpid(-1, nullptr, WNOHANG)) > 0) {}
        if (reaped < 0 && errno == ECHILD) return true;
        pause_ns(wait_ns);
    }
    return false;
}

// A pipe that is drained always and kept up to a bound.
struct Capture {
    int read_end = -1, write_end = -1;
    std::string text;
    std::size_t bound;
    bool overflowed = false;

    explicit Capture(std::size_t bound_bytes = kept_output) : bound(bound_bytes) {
        int both[2];
        if (pipe2(both, O_CLOEXEC) != 0) fail("pipe");
        read_end = both[0];
        write_end = both[1];
        fcntl(read_end, F_SETFL, O_NONBLOCK);
    }
    ~Capture() {
        close_write();
        close_read();
    }
    Capture(const Capture&) = delete;
    Capture& operator=(const Capture&) = delete;

    void close_write() {
        if (write_end >= 0) close(write_end);
        write_end = -1;
    }
    void close_read() {
        if (read_end >= 0) close(read_end);
        read_end = -1;
    }
    // Takes what is there, at most 1 MB at a time; false once the other end is closed.
    bool drain() {
        char block[16384];
        for (int i = 0; i < 64; ++i) {
            const ssize_t n = read(read_end, block, sizeof block);
            if (n == 0) return false;
            if (n < 0) return errno == EAGAIN || errno == EINTR;
            const std::size_t room = bound - std::min(bound, text.size());
            text.append(block, std::min(room, static_cast<std::size_t>(n)));
            overflowed = overflowed || static_cast<std::size_t>(n) > room;
        }
        return true;
    }
};

// Ends everything, also the folder where it is a temporary one of the host's.
[[noreturn]] inline void leave() {
    kill_everything();
    if (mode != Mode::uids && root.find("/agentpar-sandbox-") != std::string::npos && wipe(root)) rmdir(root.c_str());
    std::exit(0);
}

// Ends with everything else when the host is gone; anything the host sends meanwhile waits in the pipe.
inline void end_if_host_is_gone(short events) {
    if ((events & (POLLHUP | POLLERR | POLLNVAL)) == 0) return;
    leave();
}

struct Ended {
    int exit_status = -1, signal = 0;
};

inline Ended ended(int status) {
    Ended e;
    if (WIFEXITED(status)) e.exit_status = WEXITSTATUS(status);
    if (mode == Mode::bwrap && e.exit_status > 128 && e.exit_status < 193) {
        // Bubblewrap reports its child's death by signal as a shell does.
        e.signal = e.exit_status - 128;
        e.exit_status = -1;
    }
    if (WIFSIGNALED(status)) e.signal = WTERMSIG(status);
    return e;
}

}  // namespace runner
