// The judge: makes inputs from a secret seed, feeds baseline and candidate, holds the clock, compares every output.
//
// It reads a plan from its standard input and prints one JSON line a round. A round gives the same fresh inputs to both
// workers, one after the other. A worker lays out room for its inputs, is stopped, and gets them written into its memory;
// the clock starts before it continues, and it is stopped again before its outputs are read. So nobody holds inputs off
// the clock. What a candidate computes off the clock all the same (beside laying out, or after its answer) is charged.
#pragma once

#include <dirent.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <time.h>

#include <climits>
#include <fstream>
#include <iostream>

#include "call.hpp"
#include "codec.hpp"
#include "wire.hpp"

namespace agentpar {

using Nanoseconds = std::int64_t;

inline Nanoseconds read_clock(clockid_t clock) {
    timespec now{};
    require(clock_gettime(clock, &now) == 0, "read a clock");
    return static_cast<Nanoseconds>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

inline std::uint64_t secret() {
    std::uint64_t value = 0;
    require(getrandom(&value, sizeof value, 0) == static_cast<ssize_t>(sizeof value), "getrandom");
    return value;
}

// CPU time that all processes of this machine have used so far (and what a hypervisor took), in nanoseconds.
inline Nanoseconds machine_cpu() {
    std::ifstream file("/proc/stat");
    std::string name;
    std::int64_t user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, softirq = 0, steal = 0;
    file >> name >> user >> nice >> system >> idle >> wait >> irq >> softirq >> steal;
    return (user + nice + system + irq + softirq + steal) * (1'000'000'000 / sysconf(_SC_CLK_TCK));
}

inline std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (unsigned char c : text) {
        char escape[8];
        if (c == '"' || c == '\\') (out += '\\') += static_cast<char>(c);
        else if (c < 0x20 || c >= 0x7f) out += (std::snprintf(escape, sizeof escape, "\\u%04x", c), escape);
        else out += static_cast<char>(c);
    }
    return out + "\"";
}

// A failure of one worker: what happened, and during which phase.
struct Failure {
    std::string kind;  // lost, timeout, tampering, threw, out_of_memory, malformed
    std::string detail;
};

struct Run {
    Nanoseconds wall = 0;       // from being continued to its answer, on the judge's clock
    Nanoseconds cpu = 0;        // the whole process's CPU time meanwhile
    Nanoseconds off_clock = 0;  // its CPU time for laying out, and between its answer and standing still
    Nanoseconds delay = 0;      // how long its main thread was ready but not running
    std::size_t input_bytes = 0;
    std::uint64_t map_bytes = 0;
};

// A file of the kernel's that is read again and again.
class KernelFile {
public:
    KernelFile() = default;
    KernelFile(const KernelFile&) = delete;
    KernelFile& operator=(const KernelFile&) = delete;
    ~KernelFile() {
        if (descriptor_ >= 0) close(descriptor_);
    }
    void open(const std::string& path) { descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC); }
    // Its present content, as far as it fits; empty when the process is gone.
    const char* read() {
        const ssize_t n = descriptor_ < 0 ? -1 : pread(descriptor_, text_, sizeof text_ - 1, 0);
        text_[std::max<ssize_t>(n, 0)] = 0;
        return text_;
    }

private:
    int descriptor_ = -1;
    char text_[1024];
};

// The state letter and the number of threads in a line of /proc/PID/stat.
struct Activity {
    char state = 'X';
    long threads = 0;

    explicit Activity(const char* line) {
        const char* after = std::strrchr(line, ')');
        if (after == nullptr || std::sscanf(after + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %ld", &state, &threads) != 2)
            state = 'X';
    }
    bool is_gone() const { return state == 'X' || state == 'Z'; }
};

// The judge's end of one worker.
template <class C>
class Peer {
public:
    Peer(int socket, const char* name) : socket_(socket), name_(name) {
        const int on = 1;
        require(setsockopt(socket, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0, "ask for credentials");
        map_fd_ = buffer("map", F_SEAL_SHRINK | F_SEAL_GROW);
        map_ = map_buffer(map_fd_, PROT_READ);
    }

    // Hands over the buffers; learns, from the kernel, which process is at the other end, and gets hold of its memory.
    void greet(int shape_fd, int timeout_ms) {
        const char byte = 0;
        send_with(socket_, &byte, 1, {shape_fd, map_fd_});
        Answer hello{};
        const Received from = receive(hello, timeout_ms, "start");
        process_ = from.process;
        require(process_ > 0 && from.descriptor >= 0 && clock_getcpuclockid(process_, &cpu_clock_) == 0, "know the worker");
        memory_.attach(from.descriptor);
        folder_ = "/proc/" + std::to_string(process_);
        stat_.open(folder_ + "/stat");
        schedstat_.open(folder_ + "/schedstat");
    }

    void open(const std::string& object) {
        if (send(socket_, object.data(), object.size(), MSG_NOSIGNAL | MSG_DONTWAIT) != static_cast<ssize_t>(object.size()))
            throw Failure{"lost", "start"};
    }

    // One call with these arguments. Throws Failure.
    Run run(const Order& load, const typename C::Arguments& arguments, int timeout_ms) {
        resume();
        Nanoseconds before = cpu();
        Answer placed = ask(load, timeout_ms, "loading its inputs");
        if (!started_) {
            // The first load also waits for the object's constructors: their time is not the inputs'.
            started_ = true;
            before = startup_cpu_ = cpu();
            placed = ask(load, timeout_ms, "loading its inputs");
        }
        Run run;
        run.off_clock = cpu() - before;
        stop();
        run.input_bytes = place(placed.bytes, arguments);

        const Nanoseconds loaded = cpu_when_stopped_, delay = run_delay();
        Order go{Request::go, 0, 0, secret()};
        post(go, "the call");
        const Nanoseconds begun = read_clock(CLOCK_MONOTONIC);
        resume();
        const Answer done = hear(go, timeout_ms, "the call");
        run.wall = read_clock(CLOCK_MONOTONIC) - begun;
        const Nanoseconds answered = cpu();
        stop();
        run.off_clock += cpu_when_stopped_ - answered;
        run.cpu = answered - loaded;
        run.delay = run_delay() - delay;
        run.map_bytes = done.bytes;
        return run;
    }

    // Reads what the last call gave, at most `most_bytes` of values from at most `most_map_bytes` of map; returns how many
    // bytes the values took. Throws Failure.
    //
    // With `noise`, const inputs are written over before outputs are read, and each output once it was read: an output
    // that is the memory of an input or of another output, under whatever address, is no longer right then.
    std::size_t fetch(const Run& run, const typename C::Arguments& inputs, typename C::Result& result, typename C::Arguments& arguments,
                      bool with_const, std::size_t most_bytes, std::size_t most_map_bytes, const Noise* noise) {
        try {
            if (run.map_bytes > std::min(most_map_bytes, buffer_bytes - inputs_map_.size()))
                throw std::length_error("far more data than the reference gives");
            Fetcher from{memory_, Reader(map_ + inputs_map_.size(), run.map_bytes), most_bytes};
            C::fetch_outputs(from, inputs, result, arguments, with_const, [&] {
                if (noise != nullptr) C::scribble(memory_, inputs, Reader(inputs_map_.data(), inputs_map_.size()), *noise);
                from.noise = noise;
            });
            return from.taken;
        } catch (const std::length_error& error) {
            throw Failure{"malformed", error.what()};
        } catch (const std::bad_alloc&) {
            throw Failure{"malformed", "outputs too large to read"};
        }
    }

    const char* name() const { return name_; }
    Nanoseconds startup_cpu() const { return startup_cpu_; }
    Nanoseconds cpu() const {
        timespec now{};
        if (clock_gettime(cpu_clock_, &now) != 0) throw Failure{"lost", "the process is gone"};
        return static_cast<Nanoseconds>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
    }

    static int buffer(const char* name, int seals) {
        const int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
        require(fd >= 0 && ftruncate(fd, static_cast<off_t>(buffer_bytes)) == 0, "make a buffer");
        if (seals != 0) require(fcntl(fd, F_ADD_SEALS, seals) == 0, "seal a buffer");
        return fd;
    }

private:
    struct Received {
        pid_t process = 0;
        int descriptor = -1;
    };

    // Writes the inputs into the room that the stopped worker has laid out; returns how many bytes they are.
    std::size_t place(std::uint64_t map_bytes, const typename C::Arguments& arguments) {
        if (map_bytes > buffer_bytes) throw Failure{"tampering", "a map beyond its buffer"};
        // A copy: the worker can write to its map while it runs.
        inputs_map_.assign(map_, map_ + map_bytes);
        const std::size_t before = memory_.written();
        try {
            C::store(memory_, Reader(inputs_map_.data(), map_bytes), arguments);
            return memory_.written() - before;
        } catch (const std::length_error& error) {
            throw Failure{"tampering", std::string("no room for its inputs: ") + error.what()};
        }
    }

    void resume() {
        if (!stopped_) return;
        // Stopping is not taken on trust: whoever computed meanwhile found a way to be continued.
        if (cpu() - cpu_when_stopped_ > 200'000) throw Failure{"tampering", "it went on computing while it was stopped"};
        kill(process_, SIGCONT);
        stopped_ = false;
    }

    void stop() {
        kill(process_, SIGSTOP);
        const Nanoseconds deadline = read_clock(CLOCK_MONOTONIC) + 500'000'000;
        // Who looks too often takes the CPU from the thread that is about to stop, again and again: so ever longer waits.
        for (long wait_ns = 10'000; !stands_still(); wait_ns = std::min(2 * wait_ns, 500'000L)) {
            if (read_clock(CLOCK_MONOTONIC) > deadline) throw Failure{"tampering", "the process does not stop"};
            const timespec wait{0, wait_ns};
            nanosleep(&wait, nullptr);
        }
        cpu_when_stopped_ = cpu();
        stopped_ = true;
    }

    // Whether every thread has stopped. A process that stops makes no new threads.
    bool stands_still() {
        const Activity whole(stat_.read());
        if (whole.is_gone()) throw Failure{"lost", "the process is gone"};
        if (whole.state != 'T') return false;
        if (whole.threads <= 1) return true;
        DIR* tasks = opendir((folder_ + "/task").c_str());
        if (tasks == nullptr) throw Failure{"lost", "the process is gone"};
        bool still = true;
        while (const dirent* entry = readdir(tasks)) {
            if (entry->d_name[0] == '.') continue;
            KernelFile stat;
            stat.open(folder_ + "/task/" + entry->d_name + "/stat");
            const Activity thread(stat.read());
            still = still && (thread.state == 'T' || thread.is_gone());
        }
        closedir(tasks);
        return still;
    }

    Answer ask(Order order, int timeout_ms, const char* phase) {
        order.nonce = secret();
        post(order, phase);
        return hear(order, timeout_ms, phase);
    }

    void post(const Order& order, const char* phase) {
        if (send(socket_, &order, sizeof order, MSG_NOSIGNAL | MSG_DONTWAIT) != static_cast<ssize_t>(sizeof order))
            throw Failure{"lost", phase};
    }

    Answer hear(const Order& order, int timeout_ms, const char* phase) {
        Answer reply{};
        if (receive(reply, timeout_ms, phase).descriptor >= 0) throw Failure{"tampering", "a worker sent a descriptor"};
        if (reply.nonce != order.nonce) throw Failure{"tampering", std::string("an answer nobody asked for during ") + phase};
        if (reply.status == Status::out_of_memory) throw Failure{"out_of_memory", phase};
        if (reply.status == Status::threw) {
            reply.text[sizeof reply.text - 1] = 0;
            throw Failure{"threw", reply.text};
        }
        if (reply.status != Status::done) throw Failure{"tampering", std::string("a malformed answer during ") + phase};
        return reply;
    }

    Received receive(Answer& reply, int timeout_ms, const char* phase) {
        pollfd wait{socket_, POLLIN, 0};
        int ready;
        const Nanoseconds deadline = read_clock(CLOCK_MONOTONIC) + Nanoseconds{timeout_ms} * 1'000'000;
        do {
            const Nanoseconds left = deadline - read_clock(CLOCK_MONOTONIC);
            ready = poll(&wait, 1, static_cast<int>(std::max<Nanoseconds>(left / 1'000'000, 0)));
        } while (ready < 0 && errno == EINTR);
        if (ready == 0) throw Failure{"timeout", phase};
        Control control;
        iovec data{&reply, sizeof reply};
        msghdr message{};
        message.msg_iov = &data;
        message.msg_iovlen = 1;
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof control.bytes;
        const ssize_t got = recvmsg(socket_, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (got <= 0) throw Failure{"lost", phase};
        if (got != static_cast<ssize_t>(sizeof reply) || (message.msg_flags & MSG_TRUNC) != 0)
            throw Failure{"tampering", std::string("a message of the wrong size during ") + phase};
        Received from;
        for (cmsghdr* h = CMSG_FIRSTHDR(&message); h != nullptr; h = CMSG_NXTHDR(&message, h)) {
            if (h->cmsg_level != SOL_SOCKET) continue;
            if (h->cmsg_type == SCM_CREDENTIALS) {
                ucred who{};
                std::memcpy(&who, CMSG_DATA(h), sizeof who);
                from.process = who.pid;
            } else {
                std::memcpy(&from.descriptor, CMSG_DATA(h), sizeof from.descriptor);
            }
        }
        return from;
    }

    Nanoseconds run_delay() {
        long long running = 0, waiting = 0;
        std::sscanf(schedstat_.read(), "%lld %lld", &running, &waiting);
        return waiting;
    }

    int socket_;
    const char* name_;
    int map_fd_ = -1;
    const std::uint8_t* map_ = nullptr;
    std::vector<std::uint8_t> inputs_map_;
    Memory memory_;
    pid_t process_ = 0;
    std::string folder_;
    KernelFile stat_, schedstat_;
    clockid_t cpu_clock_{};
    bool stopped_ = false, started_ = false;
    Nanoseconds startup_cpu_ = 0, cpu_when_stopped_ = 0;
};

// What a worker gave back, as values.
template <class F>
struct Outputs {
    typename Call<F>::Result result{};
    typename Call<F>::Arguments arguments{};
};

template <class Subject>
class Judge {
    using F = typename Subject::Function;
    using C = Call<F>;

public:
    Judge(int baseline, int candidate) : baseline_(baseline, "baseline"), candidate_(candidate, "candidate") {
        Random random(secret());
        noise_.resize(1 << 16);
        for (auto& byte : noise_) byte = static_cast<std::uint8_t>(random.next() >> 56);
        shape_fd_ = Peer<C>::buffer("shape", 0);
        shape_ = map_buffer(shape_fd_, PROT_READ | PROT_WRITE);
        // The judge keeps its own mapping; from here on nobody else can make a writable one.
        require(fcntl(shape_fd_, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW) == 0, "seal the shape");
    }

    void greet() {
        attempt(baseline_, [&] { baseline_.greet(shape_fd_, 10'000); });
        attempt(candidate_, [&] { candidate_.greet(shape_fd_, 10'000); });
    }

    bool failed() const { return !culprit_.empty(); }

    // Names the objects to load; each is a line of the plan.
    void open(std::istream& plan) {
        for (Peer<C>* peer : {&baseline_, &candidate_}) {
            std::string path;
            if (!std::getline(plan, path)) std::_Exit(0);  // the session ended before it began
            attempt(*peer, [&] { peer->open(path); });
        }
    }

    // Reads the rest of the plan, line by line: `tolerance RELATIVE ABSOLUTE BITWISE` once, then rounds of
    // `round THREADS BASELINE_TIMEOUT_MS CANDIDATE_TIMEOUT_MS GENERATOR WITH_CONST SHUFFLE EXTRA SEED DIM...`. EXTRA is
    // how many calls the candidate makes before the one that counts; SEED 0 draws a secret one.
    void follow(std::istream& plan) {
        std::string line;
        if (failed()) {
            print_failure();
            std::cout << "}" << std::endl;
            return;
        }
        const Nanoseconds begun = read_clock(CLOCK_MONOTONIC), machine_before = machine_cpu(), own_before = own_cpu();
        while (!failed() && !differed_ && std::getline(plan, line)) {
            std::istringstream words(line);
            std::string word;
            words >> word;
            if (word == "tolerance") words >> tolerance_.relative >> tolerance_.absolute >> tolerance_.bitwise;
            if (word == "round") round(words);
        }
        if (failed()) return;
        std::cout << "{\"event\":\"end\",\"startup_cpu_ns\":" << candidate_.startup_cpu()
                  << ",\"session_ns\":" << read_clock(CLOCK_MONOTONIC) - begun
                  << ",\"foreign_cpu_ns\":" << (machine_cpu() - machine_before) - (own_cpu() - own_before) << "}" << std::endl;
    }

private:
    Nanoseconds own_cpu() const { return baseline_.cpu() + candidate_.cpu() + read_clock(CLOCK_PROCESS_CPUTIME_ID); }

    void round(std::istream& words) {
        unsigned threads = 1;
        int baseline_ms = 0, candidate_ms = 0, generator = 0, extra = 0;
        bool with_const = true, shuffle = false;
        std::uint64_t seed = 0;
        std::array<std::int64_t, Subject::dims> dims{};
        words >> threads >> baseline_ms >> candidate_ms >> generator >> with_const >> shuffle >> extra >> seed;
        for (auto& d : dims) words >> d;
        require(static_cast<bool>(words), "malformed plan");
        if (seed == 0) seed = secret() | 1;

        Random random(seed);
        typename C::Arguments arguments{};
        Writer shape(shape_, buffer_bytes);
        try {
            Subject::make(arguments, dims, random, static_cast<Generator>(generator));
            C::write_shape(shape, arguments);
        } catch (const std::exception& error) {
            culprit_ = "judge";
            failure_ = {"inputs", error.what()};
            print_failure();
            describe(threads, dims, seed);
            std::cout << "}" << std::endl;
            return;
        }
        const Order load{Request::load, threads, shape.bytes(), 0};
        Run expected, got;
        const bool candidate_first = shuffle && (secret() & 1) != 0;
        const auto run_baseline = [&] { expected = baseline_.run(load, arguments, baseline_ms); };
        const auto run_candidate = [&] {
            for (int i = 0; i < extra; ++i) candidate_.run(load, arguments, candidate_ms);
            got = candidate_.run(load, arguments, candidate_ms);
        };
        if (candidate_first) attempt(candidate_, run_candidate);
        attempt(baseline_, run_baseline);
        if (!candidate_first) attempt(candidate_, run_candidate);
        Outputs<F> want, have;
        std::size_t bytes = 0;
        attempt(baseline_, [&] { bytes = baseline_.fetch(expected, arguments, want.result, want.arguments, with_const, SIZE_MAX / 16, SIZE_MAX, nullptr); });
        // What the reference gives bounds what is read at all: outputs of another size are wrong anyway.
        attempt(candidate_, [&] { candidate_.fetch(got, arguments, have.result, have.arguments, with_const, 2 * bytes + 65536, 2 * expected.map_bytes + 65536, &noise_); });
        std::string difference;
        if (!failed()) difference = compare(arguments, want, have, with_const, expected.input_bytes);
        if (failed()) {
            print_failure();
            describe(threads, dims, seed);
            std::cout << "}" << std::endl;
            return;
        }
        std::cout << "{\"event\":\"round\",\"baseline_ns\":" << expected.wall << ",\"candidate_ns\":" << got.wall + charge(expected, got, threads)
                  << ",\"startup_ns\":" << candidate_.startup_cpu() - baseline_.startup_cpu() << ",\"charged_ns\":" << charge(expected, got, threads) << ",\"cpu_ns\":" << got.cpu << ",\"wall_ns\":" << got.wall
                  << ",\"delay_ns\":" << expected.delay << ",\"baseline_off_clock_ns\":" << expected.off_clock << ",\"input_bytes\":" << expected.input_bytes << ",\"digest\":\"" << digest_of(want) << '"' << ",\"difference\":" << quoted(difference);
        describe(threads, dims, seed);
        std::cout << "}" << std::endl;
        differed_ = !difference.empty();
    }

    // Off-clock CPU time beyond the baseline's, with an allowance that stays small beside the call itself: threads take
    // time to stop, each its own.
    static Nanoseconds charge(const Run& expected, const Run& got, unsigned threads) {
        const Nanoseconds slack = expected.off_clock / 10 + 30'000 + 15'000 * Nanoseconds{threads};
        const Nanoseconds allowance = std::min(slack, std::max<Nanoseconds>(expected.wall / 20, 5'000));
        return std::max<Nanoseconds>(0, got.off_clock - expected.off_clock - allowance);
    }

    // Tells whether two rounds had the same answer, without telling the answer.
    static std::uint64_t digest_of(const Outputs<F>& outputs) {
        std::uint64_t state = 0xcbf29ce484222325ULL;
        digest(state, outputs.result);
        C::for_references(false, [&](auto i) { digest(state, std::get<i>(outputs.arguments)); });
        return state;
    }

    std::string compare(const typename C::Arguments& inputs, const Outputs<F>& want, const Outputs<F>& have, bool with_const, std::size_t input_bytes) {
        if constexpr (Subject::compares) {
            return Subject::difference(inputs, want, have);
        } else {
            Tolerance tolerance = tolerance_;
            tolerance.sum_length = static_cast<double>(input_bytes) / sizeof(double);
            Comparison comparison(tolerance);
            comparison.check("the result", want.result, have.result);
            C::for_references(with_const, [&](auto i) {
                comparison.check(Subject::parameters[i], std::get<i>(want.arguments), std::get<i>(have.arguments));
            });
            return comparison.difference();
        }
    }

    // Runs an action for which one worker is answerable; remembers the first failure.
    template <class Action>
    void attempt(const Peer<C>& who, Action&& action) {
        if (failed()) return;
        try {
            action();
        } catch (const Failure& failure) {
            failure_ = failure;
            culprit_ = who.name();
        }
    }

    void print_failure() const {
        std::cout << "{\"event\":\"failure\",\"who\":" << quoted(culprit_) << ",\"kind\":" << quoted(failure_.kind)
                  << ",\"detail\":" << quoted(failure_.detail);
    }

    template <class Dims>
    static void describe(unsigned threads, const Dims& dims, std::uint64_t seed) {
        std::cout << ",\"threads\":" << threads << ",\"seed\":\"" << seed << "\",\"dims\":[";
        for (std::size_t i = 0; i < dims.size(); ++i) std::cout << (i != 0 ? "," : "") << dims[i];
        std::cout << "]";
    }

    Peer<C> baseline_, candidate_;
    int shape_fd_ = -1;
    std::uint8_t* shape_ = nullptr;
    Noise noise_;
    Tolerance tolerance_;
    Failure failure_;
    std::string culprit_;
    bool differed_ = false;
};

// Usage: judge BASELINE_SOCKET CANDIDATE_SOCKET < PLAN
//        judge layouts
//
// Exits with 3 when a worker failed. The second form tells how the structs of the task are laid out.
template <class Subject>
int judge_main(int argc, char** argv) {
    if (argc == 2) {
        Subject::layouts(std::cout);
        return 0;
    }
    if (argc != 3) return 64;
    require(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "become unreadable");
    // Each round's values take the memory of the one before: the kernel would have to clear every page again.
    mallopt(M_MMAP_THRESHOLD, INT_MAX);
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
    // Waits of microseconds shall take microseconds (the default adds fifty).
    require(prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0) == 0, "wait precisely");
    Judge<Subject> judge(std::atoi(argv[1]), std::atoi(argv[2]));
    judge.greet();
    judge.open(std::cin);
    judge.follow(std::cin);
    return judge.failed() ? 3 : 0;
}

}  // namespace agentpar
