// How the ranks of an MPI candidate come to life, without the candidate getting more than any other's.
//
// The launcher, which the runner starts, has mpirun start as many ranks as it was given sockets. A rank initialises MPI,
// is given its socket, gives up what every worker gives up, and only then loads a candidate. No rank gets its socket
// before mpirun is stopped for good: nobody can be asked to start a process outside the walls, and it cannot compute.
//
// What is left beside the ranks has their user: the launcher, whose memory nobody may open, and mpirun, which can never
// run again (it is killed with the launcher).
#pragma once

#include <mpi.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <climits>
#include <cstdio>
#include <fstream>
#include <string>

#include "worker.hpp"

namespace agentpar {

// What a rank says at the door; the holder is its parent, which mpirun has started in its place.
struct Hello {
    std::int32_t rank;
    std::int32_t holder;
};

constexpr int cannot_launch = 73;

// ---- the launcher -----------------------------------------------------------------------------------------------

class Launcher {
public:
    explicit Launcher(std::vector<int> sockets) : sockets_(std::move(sockets)) {
        // Ranks have the same user, and /proc/PID/mem would be theirs to write.
        require(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "become unreadable");
        require(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0, "become the reaper");
        for (const int socket : sockets_) fcntl(socket, F_SETFD, FD_CLOEXEC);
        door_ = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        sockaddr_un any{AF_UNIX, {}};
        // The kernel chooses a free abstract name.
        require(door_ >= 0 && bind(door_, reinterpret_cast<sockaddr*>(&any), sizeof any.sun_family) == 0 && listen(door_, 64) == 0, "open the door");
        sockaddr_un name{};
        socklen_t length = sizeof name;
        require(getsockname(door_, reinterpret_cast<sockaddr*>(&name), &length) == 0, "name the door");
        name_.assign(name.sun_path + 1, length - sizeof name.sun_family - 1);
    }

    // Exits as the rank does that ends first.
    int run(const char* program, const char* memory_bytes, const char* threads) {
        start_mpirun(program, memory_bytes, threads);
        while (guests_.size() < sockets_.size())
            if (!hear_of_rank()) return cannot_launch;
        close(door_);
        kill(mpirun_, SIGSTOP);
        int status = 0;
        require(waitpid(mpirun_, &status, WUNTRACED) == mpirun_ && WIFSTOPPED(status), "stop mpirun");
        // Their children, the ranks, become the launcher's.
        for (const Guest& guest : guests_) end_proxy_of(guest.hello.holder);
        for (const Guest& guest : guests_) kill(guest.hello.holder, SIGKILL);
        for (const Guest& guest : guests_) admit(guest);
        pid_t ended = 0;
        do ended = waitpid(-1, &status, 0);
        while (ended < 0 ? errno == EINTR : is_holder(ended));
        if (WIFEXITED(status)) return WEXITSTATUS(status);
        signal(WTERMSIG(status), SIG_DFL);
        raise(WTERMSIG(status));
        return cannot_launch;
    }

private:
    struct Guest {
        int socket;
        Hello hello;
    };

    static constexpr int patience_ms = 20'000;

    void start_mpirun(const char* program, const char* memory_bytes, const char* threads) {
        const std::string count = std::to_string(sockets_.size());
        const pid_t parent = getpid();
        mpirun_ = fork();
        require(mpirun_ >= 0, "fork");
        if (mpirun_ > 0) return;
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        if (getppid() != parent) std::_Exit(cannot_launch);
        // Only without isolation may it write where it works.
        const bool is_own = mkdir("shared", 0700) == 0 || errno == EEXIST;
        keep_files_in(is_own ? "shared" : "/dev/shm");
        execlp("mpirun", "mpirun", "-n", count.c_str(), program, "rank", name_.c_str(), memory_bytes, threads, nullptr);
        die("mpirun");
    }

    // Where Open MPI keeps what ranks share: a folder that is emptied after every candidate.
    static void keep_files_in(const char* folder) {
        char whole[PATH_MAX];
        if (realpath(folder, whole) == nullptr) die("find a folder to write to");
        setenv("TMPDIR", whole, 1);
        setenv("OMPI_MCA_btl_vader_backing_directory", whole, 1);
    }

    // Open MPI's mpirun starts ranks itself. MPICH's has a proxy do it, which would end all of them with the first holder.
    void end_proxy_of(pid_t holder) const {
        std::ifstream file("/proc/" + std::to_string(holder) + "/stat");
        std::string line;
        std::getline(file, line);
        char state = 0;
        int parent = 0;
        const std::size_t name_end = line.rfind(')');
        if (name_end == std::string::npos || std::sscanf(line.c_str() + name_end + 1, " %c %d", &state, &parent) != 2) return;
        if (parent > 1 && parent != mpirun_ && parent != getpid()) kill(parent, SIGKILL);
    }

    // Those of a proxy that has ended become the launcher's as well.
    bool is_holder(pid_t process) const {
        for (const Guest& guest : guests_)
            if (guest.hello.holder == process) return true;
        return false;
    }

    // Waits until one more rank is at the door.
    bool hear_of_rank() {
        for (int waited_ms = 0; waited_ms < patience_ms; waited_ms += 20) {
            pollfd wait{door_, POLLIN, 0};
            if (poll(&wait, 1, 20) <= 0) {
                if (waitpid(mpirun_, nullptr, WNOHANG) == mpirun_) return false;
                continue;
            }
            const int guest = accept4(door_, nullptr, nullptr, SOCK_CLOEXEC);
            ucred who{};
            socklen_t length = sizeof who;
            Hello hello{};
            require(guest >= 0 && getsockopt(guest, SOL_SOCKET, SO_PEERCRED, &who, &length) == 0, "know a rank");
            if (who.uid != getuid() || receive(guest, &hello, sizeof hello) != sizeof hello) return false;
            guests_.push_back({guest, hello});
            return true;
        }
        return false;
    }

    // Gives a rank its socket, and our standard output as its own: mpirun will not forward what it prints.
    void admit(const Guest& guest) const {
        const int socket = sockets_.at(static_cast<std::size_t>(guest.hello.rank));
        const char byte = 0;
        send_with(guest.socket, &byte, 1, {socket, STDOUT_FILENO});
        close(socket);
        close(guest.socket);
    }

    std::vector<int> sockets_;
    std::vector<Guest> guests_;
    std::string name_;
    int door_ = -1;
    pid_t mpirun_ = 0;
};

// ---- a rank -----------------------------------------------------------------------------------------------------

// Leaves the place that mpirun watches to a parent that only waits to be killed, so that the rank can become another's.
inline void leave_a_holder() {
    const pid_t child = fork();
    require(child >= 0, "fork");
    if (child != 0)
        for (;;) pause();
}

// Asks for this rank's socket, and for where what it prints goes.
inline int ask_at(const std::string& door, int rank) {
    const int socket = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    sockaddr_un name{AF_UNIX, {}};
    require(socket >= 0 && door.size() < sizeof name.sun_path - 1, "reach the launcher");
    std::memcpy(name.sun_path + 1, door.data(), door.size());
    const auto length = static_cast<socklen_t>(sizeof name.sun_family + 1 + door.size());
    require(connect(socket, reinterpret_cast<sockaddr*>(&name), length) == 0, "reach the launcher");
    const Hello hello{rank, getppid()};
    require(send(socket, &hello, sizeof hello, MSG_NOSIGNAL) == sizeof hello, "tell the rank");
    int both[2];
    receive_two(socket, both);
    require(dup2(both[1], STDOUT_FILENO) >= 0 && dup2(both[1], STDERR_FILENO) >= 0, "print elsewhere");
    close(both[1]);
    close(socket);
    return both[0];
}

// How many CPUs a rank may use, as far as there are enough: one, or its share where it may have several threads.
enum class Cpus { one, share };

// Each rank CPUs of its own: ranks that are woken on one core stay there for longer than a call.
inline void bind_to_cpus(int rank, int ranks, Cpus allowed) {
    cpu_set_t all, own;
    if (sched_getaffinity(0, sizeof all, &all) != 0) return;
    std::vector<int> cpus;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
        if (CPU_ISSET(cpu, &all)) cpus.push_back(cpu);
    const auto count = static_cast<int>(cpus.size());
    const int first = ranks <= count ? rank * count / ranks : rank % count;
    const int last = ranks <= count && allowed == Cpus::share ? (rank + 1) * count / ranks : first + 1;
    CPU_ZERO(&own);
    for (int i = first; i < last; ++i) CPU_SET(cpus[static_cast<std::size_t>(i)], &own);
    (void)sched_setaffinity(0, sizeof own, &own);
}

// Errors of MPI are told as the candidate's, with the call and the cause.
[[noreturn]] void throw_mpi_error(int code);
inline void on_call_error(MPI_Comm*, int* code, ...) { throw_mpi_error(*code); }
inline void on_window_error(MPI_Win*, int* code, ...) { throw_mpi_error(*code); }

// Who is told of errors of MPI, where nobody else asks to be: by what a call returns, or by an exception.
struct ErrorHandlers {
    MPI_Errhandler of_calls = MPI_ERRORS_RETURN, of_windows = MPI_ERRORS_RETURN;

    void throw_them() {
        PMPI_Comm_create_errhandler(on_call_error, &of_calls);
        PMPI_Win_create_errhandler(on_window_error, &of_windows);
    }
};
inline ErrorHandlers errors;

enum class Errors { returned, thrown };

// Initialises MPI in a process that mpirun has started, and returns the rank's socket.
inline int join_ranks(const char* door, Errors told, Cpus allowed = Cpus::one) {
    leave_a_holder();
    int level = 0, rank = 0, ranks = 0;
    PMPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &level);
    PMPI_Comm_rank(MPI_COMM_WORLD, &rank);
    PMPI_Comm_size(MPI_COMM_WORLD, &ranks);
    if (told == Errors::thrown) errors.throw_them();
    for (const MPI_Comm each : {MPI_COMM_WORLD, MPI_COMM_SELF}) PMPI_Comm_set_errhandler(each, errors.of_calls);
    // What is set up with the first message of a pair needs calls that are denied later.
    PMPI_Barrier(MPI_COMM_WORLD);
    bind_to_cpus(rank, ranks, allowed);
    return ask_at(door, rank);
}

// From now on this thread alone may call MPI, as MPI_THREAD_FUNNELED has it.
void note_caller();

// Room for what MPI maps beside the candidate's own memory.
constexpr std::uint64_t library_bytes = std::uint64_t{1} << 30;

// Usage: worker MEMORY_BYTES THREADS SOCKET...           the launcher
//        worker rank DOOR MEMORY_BYTES THREADS           a rank, started by mpirun
template <class F>
int ranks_main(int argc, char** argv, Cpus allowed) {
    if (argc < 4) return 64;
    if (std::strcmp(argv[1], "rank") != 0) {
        std::vector<int> sockets;
        for (int i = 3; i < argc; ++i) sockets.push_back(std::atoi(argv[i]));
        return Launcher(std::move(sockets)).run(argv[0], argv[1], argv[2]);
    }
    if (argc != 5) return 64;
    const int socket = join_ranks(argv[2], Errors::thrown, allowed);
    note_caller();
    const std::uint64_t memory_bytes = std::strtoull(argv[3], nullptr, 10);
    const int status = serve_candidate<F>(socket, memory_bytes == 0 ? 0 : memory_bytes + library_bytes, std::strtoull(argv[4], nullptr, 10));
    // Without a word to MPI, whose other ranks may be gone.
    std::fflush(nullptr);
    std::_Exit(status);
}

}  // namespace agentpar
