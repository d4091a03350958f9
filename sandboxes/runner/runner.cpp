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
#include "session.hpp"

namespace runner {

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
    if (spawn.identity == "builder") start_ahead();
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
    waiting.reset();
    if (!kill_everything()) return write_frame({"dirty", "a process does not die"});
    {
        const As as(identity_of("builder").user);
        if (!wipe(path_in("work"))) return write_frame({"dirty", "the work folder cannot be emptied"});
    }
    if (!wipe_shared_memory()) return write_frame({"dirty", "a shared-memory file cannot be removed"});
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

}  // namespace runner

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fprintf(stderr, "usage: runner uids|bwrap|process ROOT [BWRAP_ARGUMENT...]\n");
        return 64;
    }
    using namespace runner;
    const std::string word = argv[1];
    mode = word == "uids" ? Mode::uids : word == "bwrap" ? Mode::bwrap : Mode::process;
    root = argv[2];
    wrapper.assign(argv + 3, argv + argc);
    // A closed pipe is an answer, not a death; and no orphan escapes to another parent.
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
    umask(0022);
    make_folders();
    write_frame({"hello", "1", std::to_string(getpid())});
    while (const auto request = read_frame()) {
        if (request->empty()) fail("an empty request");
        const std::string& name = request->front();
        const runner::Arguments arguments(*request);
        if (name == "put") put(arguments);
        else if (name == "get") get(arguments);
        else if (name == "run") run(arguments);
        else if (name == "judge") judge(arguments);
        else if (name == "clean") clean();
        else fail("unknown request " + name);
    }
    leave();
}
