// The runner: the supervisor inside a sandbox. It starts processes under identities that cannot touch each other,
// bounds them, watches them, and leaves nothing behind. It is the only process that outlives a candidate.
//
// Requests and answers are frames on standard input and output: a 32-bit byte count, then fields, each a 32-bit byte
// count and its bytes (little endian). When standard input closes, everything ends.
//
// Usage: runner MODE ROOT [BWRAP_ARGUMENT...]
//   MODE uids      every identity is a user of its own (containers)
//   MODE bwrap     every worker gets namespaces of its own; the runner and the judge stay outside
//   MODE process   no isolation beyond limits: for code the user trusts
#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <grp.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace {

using Fields = std::vector<std::string>;

constexpr std::size_t largest_frame = std::size_t{256} << 20;
constexpr const char* most_threads = "512";
constexpr std::size_t kept_output = 64 * 1024;  // of each stream: the beginning, where compilers put the cause

[[noreturn]] void fail(const std::string& what) {
    std::fprintf(stderr, "agentpar runner: %s: %s\n", what.c_str(), std::strerror(errno));
    std::exit(70);
}

std::int64_t now_ns() {
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

// ---- frames ------------------------------------------------------------------------------------------------------

bool read_all(void* data, std::size_t bytes) {
    auto* at = static_cast<char*>(data);
    while (bytes != 0) {
        const ssize_t n = read(STDIN_FILENO, at, bytes);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        at += n;
        bytes -= static_cast<std::size_t>(n);
    }
    return true;
}

std::optional<Fields> read_frame() {
    std::uint32_t bytes = 0;
    if (!read_all(&bytes, sizeof bytes)) return std::nullopt;
    if (bytes > largest_frame) fail("a frame beyond the limit");
    std::string body(bytes, 0);
    if (!read_all(body.data(), bytes)) return std::nullopt;
    Fields fields;
    for (std::size_t at = 0; at < bytes;) {
        std::uint32_t n = 0;
        if (bytes - at < sizeof n) fail("a malformed frame");
        std::memcpy(&n, body.data() + at, sizeof n);
        at += sizeof n;
        if (bytes - at < n) fail("a malformed frame");
        fields.emplace_back(body, at, n);
        at += n;
    }
    return fields;
}

void write_frame(const Fields& fields) {
    std::string body(4, 0);
    for (const std::string& f : fields) {
        const auto n = static_cast<std::uint32_t>(f.size());
        body.append(reinterpret_cast<const char*>(&n), sizeof n);
        body += f;
    }
    const auto n = static_cast<std::uint32_t>(body.size() - 4);
    std::memcpy(body.data(), &n, sizeof n);
    for (std::size_t at = 0; at < body.size();) {
        const ssize_t written = write(STDOUT_FILENO, body.data() + at, body.size() - at);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) std::exit(0);  // nobody listens any more
        at += static_cast<std::size_t>(written);
    }
}

// ---- identities --------------------------------------------------------------------------------------------------

struct Identity {
    uid_t user;
    bool reads_private;   // the reference and the judge live in task/private
    bool signals_others;  // the judge stops and continues workers
    bool writes_task;
    bool writes_work;
    bool outside;         // in bwrap mode: not wrapped
};

constexpr uid_t keeper_user = 2000, nobody_user = 65534;

const std::map<std::string, Identity> identities = {
    {"keeper", {keeper_user, true, false, true, false, false}},
    {"builder", {2001, false, false, false, true, false}},
    {"judge", {2002, true, true, false, false, true}},
    {"baseline", {2003, true, false, false, false, false}},
    {"candidate", {2004, false, false, false, false, false}},
};

enum class Mode { uids, bwrap, process };
Mode mode;
std::string root;
std::vector<std::string> wrapper;

const Identity& identity_of(const std::string& name) {
    const auto found = identities.find(name);
    if (found == identities.end()) fail("unknown identity " + name);
    return found->second;
}

// Acts on files as another user; the runner itself has no right to override file modes.
class As {
public:
    explicit As(uid_t user) {
        if (mode == Mode::uids && (setegid(user) != 0 || seteuid(user) != 0)) fail("change identity");
    }
    ~As() {
        if (mode == Mode::uids && (seteuid(0) != 0 || setegid(0) != 0)) fail("restore identity");
    }
    As(const As&) = delete;
    As& operator=(const As&) = delete;
};

std::string path_in(const std::string& relative) { return root + "/" + relative; }

// ---- processes ---------------------------------------------------------------------------------------------------

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

void set_limit(int resource, std::uint64_t value) {
    if (value == 0) return;
    const rlimit both{value, value};
    if (setrlimit(static_cast<__rlimit_resource>(resource), &both) != 0) _exit(71);
}

// The judge keeps one capability, over the change of user and the exec: to stop and continue workers.
void keep_only_kill() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[2] = {};
    data[0].effective = data[0].permitted = data[0].inheritable = 1u << CAP_KILL;
    if (syscall(SYS_capset, &header, data) != 0) _exit(72);
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0) != 0) _exit(72);
}

// In bwrap mode root gives root up: namespaces part the identities, but files know only the user.
bool drops_to_nobody(const Identity& who) { return mode == Mode::bwrap && !who.outside && geteuid() == 0; }

void become(const Identity& who) {
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
std::vector<std::string> wrapped(const Identity& who, const std::vector<std::string>& arguments, const std::string& directory) {
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

std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> result;
    for (std::string& s : strings) result.push_back(s.data());
    result.push_back(nullptr);
    return result;
}

pid_t start(const Spawn& spawn) {
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

// Kills every other process: in a container all there are; elsewhere all descendants, orphans included.
bool kill_everything() {
    const std::int64_t deadline = now_ns() + 3'000'000'000;
    while (now_ns() < deadline) {
        if (mode == Mode::uids && getpid() == 1) kill(-1, SIGKILL);
        bool alone = true;
        const std::string self = std::to_string(getpid());
        if (DIR* proc = opendir("/proc")) {
            while (const dirent* entry = readdir(proc)) {
                const long pid = std::strtol(entry->d_name, nullptr, 10);
                if (pid <= 0 || entry->d_name == self) continue;
                char path[64], line[512];
                std::snprintf(path, sizeof path, "/proc/%ld/stat", pid);
                const int fd = open(path, O_RDONLY | O_CLOEXEC);
                if (fd < 0) continue;
                const ssize_t n = read(fd, line, sizeof line - 1);
                close(fd);
                if (n <= 0) continue;
                line[n] = 0;
                const char* after = std::strrchr(line, ')');
                char state = 0;
                int parent = 0;
                if (after == nullptr || std::sscanf(after + 1, " %c %d", &state, &parent) != 2) continue;
                if (mode == Mode::uids && getpid() == 1 ? parent == 0 : parent != getpid()) continue;
                alone = false;
                kill(static_cast<pid_t>(pid), SIGKILL);
            }
            closedir(proc);
        }
        while (waitpid(-1, nullptr, WNOHANG) > 0) alone = false;
        if (alone) return true;
        const timespec pause{0, 200'000};
        nanosleep(&pause, nullptr);
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
        if (read_end >= 0) close(read_end);
    }
    Capture(const Capture&) = delete;
    Capture& operator=(const Capture&) = delete;

    void close_write() {
        if (write_end >= 0) close(write_end);
        write_end = -1;
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

bool wipe(const std::string& path);

// Ends everything, also the folder where it is a temporary one of the host's.
[[noreturn]] void leave() {
    kill_everything();
    if (mode != Mode::uids && root.find("/agentpar-sandbox-") != std::string::npos && wipe(root)) rmdir(root.c_str());
    std::exit(0);
}

// Ends with everything else when the host is gone; anything the host sends meanwhile waits in the pipe.
void end_if_host_is_gone(short events) {
    if ((events & (POLLHUP | POLLERR | POLLNVAL)) == 0) return;
    leave();
}

struct Ended {
    int exit_status = -1, signal = 0;
};

Ended ended(int status) {
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

// ---- requests ----------------------------------------------------------------------------------------------------

class Arguments {
public:
    explicit Arguments(const Fields& fields) : fields_(fields) {}
    const std::string& text() {
        if (at_ >= fields_.size()) fail("a request with too few fields");
        return fields_[at_++];
    }
    std::uint64_t number() { return std::strtoull(text().c_str(), nullptr, 10); }
    std::vector<std::string> list() {
        std::vector<std::string> result(number());
        for (auto& s : result) s = text();
        return result;
    }

private:
    const Fields& fields_;
    std::size_t at_ = 1;
};

// Opens a file below the root through real folders only: what a compiler left in `work` may be a link to anywhere.
int open_below(const std::string& relative, int flags, mode_t bits) {
    const int top = open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (top < 0) return -1;
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
    how.mode = (flags & O_CREAT) != 0 ? bits : 0;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
    const auto fd = static_cast<int>(syscall(SYS_openat2, top, relative.c_str(), &how, sizeof how));
    const int why = errno;
    close(top);
    errno = why;
    return fd;
}

// put IDENTITY PATH MODE CONTENT
void put(Arguments in) {
    const Identity& who = identity_of(in.text());
    const std::string relative = in.text(), path = path_in(relative);
    const auto file_mode = static_cast<mode_t>(std::strtoul(in.text().c_str(), nullptr, 8));
    const std::string& content = in.text();
    const As as(who.user);
    for (std::size_t slash = path.find('/', root.size() + 1); slash != std::string::npos; slash = path.find('/', slash + 1))
        mkdir(path.substr(0, slash).c_str(), 0755);
    const int fd = open_below(relative, O_WRONLY | O_CREAT | O_TRUNC, file_mode);
    if (fd < 0) return write_frame({"error", path + ": " + std::strerror(errno)});
    for (std::size_t at = 0; at < content.size();) {
        const ssize_t n = write(fd, content.data() + at, content.size() - at);
        if (n <= 0) {
            const std::string why = std::strerror(errno);
            close(fd);
            return write_frame({"error", path + ": " + why});
        }
        at += static_cast<std::size_t>(n);
    }
    close(fd);
    write_frame({"ok"});
}

// get IDENTITY PATH
void get(Arguments in) {
    const Identity& who = identity_of(in.text());
    const std::string relative = in.text(), path = path_in(relative);
    const As as(who.user);
    const int fd = open_below(relative, O_RDONLY, 0);
    struct stat about {};
    if (fd < 0 || fstat(fd, &about) != 0 || !S_ISREG(about.st_mode) || static_cast<std::size_t>(about.st_size) > largest_frame - 64) {
        if (fd >= 0) close(fd);
        return write_frame({"error", path + ": cannot be read"});
    }
    std::string content(static_cast<std::size_t>(about.st_size), 0);
    std::size_t at = 0;
    for (ssize_t n; at < content.size() && (n = read(fd, content.data() + at, content.size() - at)) > 0;) at += static_cast<std::size_t>(n);
    close(fd);
    content.resize(at);
    write_frame({"ok", content});
}

// run IDENTITY DIRECTORY TIMEOUT_MS ADDRESS_SPACE FILE_BYTES CPU_SECONDS N_ENV ENV... N_ARG ARG...
void run(Arguments in) {
    Spawn spawn;
    spawn.identity = in.text();
    spawn.directory = in.text();
    const auto timeout_ms = static_cast<std::int64_t>(in.number());
    spawn.limits = {in.number(), in.number(), in.number()};
    spawn.environment = in.list();
    spawn.arguments = in.list();
    Capture out, err;
    spawn.output = out.write_end;
    spawn.error = err.write_end;
    const std::int64_t begun = now_ns(), deadline = begun + timeout_ms * 1'000'000;
    const pid_t child = start(spawn);
    out.close_write();
    err.close_write();
    bool out_open = true, err_open = true, timed_out = false;
    int status = 0;
    rusage usage{};
    bool reaped = false;
    while (!reaped) {
        // While a pipe is open its end wakes us; afterwards the process may still be about to exit.
        std::array<pollfd, 3> wait = {{{STDIN_FILENO, 0, 0}, {out_open ? out.read_end : -1, POLLIN, 0}, {err_open ? err.read_end : -1, POLLIN, 0}}};
        const bool open = out_open || err_open;
        poll(wait.data(), wait.size(), open ? 50 : 1);
        end_if_host_is_gone(wait[0].revents);
        if (out_open) out_open = out.drain();
        if (err_open) err_open = err.drain();
        reaped = wait4(child, &status, WNOHANG, &usage) == child;
        if (!reaped && !timed_out && now_ns() > deadline) {
            timed_out = true;
            kill(-child, SIGKILL);
            kill(child, SIGKILL);
        }
    }
    kill(-child, SIGKILL);
    out.drain();
    err.drain();
    const Ended end = ended(status);
    const auto micros = [](const timeval& t) { return std::int64_t{t.tv_sec} * 1'000'000 + t.tv_usec; };
    write_frame({"exit", std::to_string(end.exit_status), std::to_string(end.signal), timed_out ? "1" : "0",
                 std::to_string(now_ns() - begun), std::to_string((micros(usage.ru_utime) + micros(usage.ru_stime)) * 1000),
                 std::to_string(usage.ru_maxrss * 1024), out.text, err.text, out.overflowed || err.overflowed ? "1" : "0"});
}

// judge TIMEOUT_MS MEMORY_BYTES JUDGE BASELINE_WORKER BASELINE_OBJECT CANDIDATE_WORKER CANDIDATE_OBJECT PLAN N_ENV ENV...
void judge(Arguments in) {
    const auto timeout_ms = static_cast<std::int64_t>(in.number());
    const std::string memory = in.text(), judge_program = path_in(in.text());
    const std::string baseline_worker = path_in(in.text()), baseline_object = path_in(in.text());
    const std::string candidate_worker = path_in(in.text()), candidate_object = path_in(in.text());
    const std::string plan = in.text();
    const std::vector<std::string> environment = in.list();

    int to_baseline[2], to_candidate[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, to_baseline) != 0 ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, to_candidate) != 0)
        fail("socketpair");
    // In memory, so that a plan of any length is there at once.
    const int plan_file = memfd_create("plan", MFD_CLOEXEC);
    if (plan_file < 0 || write(plan_file, plan.data(), plan.size()) != static_cast<ssize_t>(plan.size()) ||
        lseek(plan_file, 0, SEEK_SET) != 0)
        fail("keep the plan");
    Capture lines(std::size_t{4} << 20), judge_error, baseline_output, candidate_output;

    const auto worker = [&](const char* who, int socket, const std::string& program, const std::string& object, Capture& output) {
        Spawn spawn;
        spawn.identity = who;
        // Without a namespace of its own the user's other processes would count.
        spawn.arguments = {program, std::to_string(socket), object, memory, mode == Mode::process ? "0" : most_threads};
        spawn.environment = environment;
        spawn.output = spawn.error = output.write_end;
        spawn.keep = {socket};
        return start(spawn);
    };
    const pid_t baseline = worker("baseline", to_baseline[1], baseline_worker, baseline_object, baseline_output);
    const pid_t candidate = worker("candidate", to_candidate[1], candidate_worker, candidate_object, candidate_output);
    Spawn spawn;
    spawn.identity = "judge";
    spawn.arguments = {judge_program, std::to_string(to_baseline[0]), std::to_string(to_candidate[0])};
    spawn.input = plan_file;
    spawn.output = lines.write_end;
    spawn.error = judge_error.write_end;
    spawn.keep = {to_baseline[0], to_candidate[0]};
    const pid_t judging = start(spawn);
    for (int fd : {to_baseline[0], to_baseline[1], to_candidate[0], to_candidate[1], plan_file}) close(fd);
    for (Capture* c : {&lines, &judge_error, &baseline_output, &candidate_output}) c->close_write();

    const std::int64_t deadline = now_ns() + timeout_ms * 1'000'000;
    std::map<pid_t, Ended> endings;
    const auto reap = [&] {
        int status = 0;
        for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) endings[pid] = ended(status);
    };
    bool timed_out = false, open = true;
    while (open) {
        std::array<pollfd, 5> wait = {{{STDIN_FILENO, 0, 0}, {lines.read_end, POLLIN, 0}, {judge_error.read_end, POLLIN, 0},
                                       {baseline_output.read_end, POLLIN, 0}, {candidate_output.read_end, POLLIN, 0}}};
        for (std::size_t i = 2; i < wait.size(); ++i) {
            // A closed pipe would wake us for ever.
            Capture* c[] = {&judge_error, &baseline_output, &candidate_output};
            if (c[i - 2]->read_end < 0) wait[i].fd = -1;
        }
        poll(wait.data(), wait.size(), 100);
        end_if_host_is_gone(wait[0].revents);
        for (Capture* c : {&judge_error, &baseline_output, &candidate_output}) {
            if (c->read_end >= 0 && !c->drain()) {
                close(c->read_end);
                c->read_end = -1;
            }
        }
        open = lines.drain();
        for (std::size_t end; (end = lines.text.find('\n')) != std::string::npos; lines.text.erase(0, end + 1))
            write_frame({"line", lines.text.substr(0, end)});
        if (now_ns() > deadline) {
            timed_out = true;
            break;
        }
    }
    // Give a worker that is on its way out a moment, so that its own ending is reported and not our kill.
    for (int i = 0; i < 20 && (reap(), endings.count(judging) == 0 || endings.count(candidate) == 0); ++i) {
        const timespec pause{0, endings.count(judging) == 0 ? 200'000 : 50'000};
        nanosleep(&pause, nullptr);
    }
    const bool candidate_ended = endings.count(candidate) != 0, baseline_ended = endings.count(baseline) != 0;
    for (Capture* c : {&judge_error, &baseline_output, &candidate_output})
        if (c->read_end >= 0) c->drain();
    const auto report = [&](pid_t pid, bool by_itself) {
        if (!by_itself) return std::string("killed");
        const Ended e = endings[pid];
        return e.signal != 0 ? "signal " + std::to_string(e.signal) : "exit " + std::to_string(e.exit_status);
    };
    const Fields answer = {"end", timed_out ? "1" : "0", report(judging, endings.count(judging) != 0),
                           report(baseline, baseline_ended), report(candidate, candidate_ended),
                           judge_error.text, baseline_output.text, candidate_output.text};
    if (!kill_everything()) return write_frame({"dirty", "a process does not die"});
    write_frame(answer);
}

// Removes a folder's content; what the acting user may not remove stays and is reported.
bool wipe(const std::string& path) {
    DIR* folder = opendir(path.c_str());
    if (folder == nullptr) return false;
    bool clean = true;
    while (const dirent* entry = readdir(folder)) {
        const std::string name = entry->d_name;
        if (name == "." || name == "..") continue;
        if (unlinkat(dirfd(folder), name.c_str(), 0) == 0) continue;
        const std::string inner = path + "/" + name;
        if (errno != EISDIR && errno != EPERM && errno != ENOTEMPTY) {
            clean = false;
            continue;
        }
        clean = wipe(inner) && rmdir(inner.c_str()) == 0 && clean;
    }
    closedir(folder);
    return clean;
}

// Whether System V objects are left in this IPC namespace; only containers have one of their own here.
bool has_leftover_ipc() {
    for (const char* table : {"/proc/sysvipc/shm", "/proc/sysvipc/sem", "/proc/sysvipc/msg"}) {
        FILE* file = std::fopen(table, "re");
        if (file == nullptr) continue;
        int lines = 0;
        for (int c; (c = std::fgetc(file)) != EOF;) lines += c == '\n';
        std::fclose(file);
        if (lines > 1) return true;
    }
    return false;
}

// clean
void clean() {
    if (!kill_everything()) return write_frame({"dirty", "a process does not die"});
    {
        const As as(identity_of("builder").user);
        if (!wipe(path_in("work"))) return write_frame({"dirty", "the work folder cannot be emptied"});
    }
    if (mode == Mode::uids) {
        for (const auto& [name, who] : identities) {
            const As as(who.user);
            wipe("/dev/shm");
        }
        if (!wipe("/dev/shm")) return write_frame({"dirty", "a shared-memory file cannot be removed"});
    }
    if (mode == Mode::uids && has_leftover_ipc()) return write_frame({"dirty", "System V objects were left behind"});
    write_frame({"clean"});
}

void make_folders() {
    const auto make = [](const std::string& name, mode_t bits) {
        const std::string path = path_in(name);
        if (mkdir(path.c_str(), bits) != 0 && errno != EEXIST) fail("make " + path);
        if (chmod(path.c_str(), bits) != 0) fail("set the mode of " + path);
        if (drops_to_nobody(identity_of("builder")) && chown(path.c_str(), nobody_user, nobody_user) != 0)
            fail("give away " + path);
    };
    const As as(keeper_user);
    make("task/public", 0755);
    make("task/private", 0750);
    if (mode != Mode::uids) make("work", 0755);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fprintf(stderr, "usage: runner uids|bwrap|process ROOT [BWRAP_ARGUMENT...]\n");
        return 64;
    }
    const std::string word = argv[1];
    mode = word == "uids" ? Mode::uids : word == "bwrap" ? Mode::bwrap : Mode::process;
    root = argv[2];
    wrapper.assign(argv + 3, argv + argc);
    // A closed pipe is an answer, not a death; and no orphan escapes to another parent.
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    umask(0022);
    make_folders();
    write_frame({"hello", "1", std::to_string(getpid())});
    while (const auto request = read_frame()) {
        if (request->empty()) fail("an empty request");
        const std::string& name = request->front();
        const Arguments arguments(*request);
        if (name == "put") put(arguments);
        else if (name == "get") get(arguments);
        else if (name == "run") run(arguments);
        else if (name == "judge") judge(arguments);
        else if (name == "clean") clean();
        else fail("unknown request " + name);
    }
    leave();
}
