// The judge: makes inputs from a secret seed, feeds baseline and candidate, holds the clock, compares every output.
//
// It reads a plan from its standard input and prints one JSON line a round. A round gives the same fresh inputs to both
// workers, one after the other; whoever does not run is stopped. The candidate is charged for what it computes off the
// clock: CPU time in loading and dumping beyond what the baseline needed for the same data.
#pragma once

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <time.h>

#include <fstream>
#include <iostream>

#include "call.hpp"
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
    Nanoseconds wall = 0;      // go to done, on the judge's clock
    Nanoseconds cpu = 0;       // the whole process's CPU time meanwhile
    Nanoseconds off_clock = 0; // its CPU time in load and dump
    Nanoseconds delay = 0;     // how long its main thread was ready but not running
    std::uint64_t bytes = 0;
};

// The judge's end of one worker.
class Peer {
public:
    Peer(int socket, const char* name) : socket_(socket), name_(name) {
        const int on = 1;
        require(setsockopt(socket, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0, "ask for credentials");
        outputs_fd_ = buffer("outputs", F_SEAL_SHRINK | F_SEAL_GROW);
        outputs_ = map_buffer(outputs_fd_, PROT_READ);
    }

    // Hands over the buffers and learns, from the kernel, which process is at the other end.
    void greet(int inputs_fd, int timeout_ms) {
        send_descriptors(socket_, inputs_fd, outputs_fd_);
        Answer hello{};
        process_ = receive(hello, timeout_ms, "start").process;
        require(process_ > 0 && clock_getcpuclockid(process_, &cpu_clock_) == 0, "find the worker's CPU clock");
    }

    // One call on the inputs in the buffer. Throws Failure.
    Run run(const Order& load, bool with_const, int timeout_ms) {
        resume();
        Run run;
        const Nanoseconds before_load = cpu();
        ask({Request::load, load.threads, 0, 0, load.bytes, 0}, timeout_ms, "loading its inputs");
        if (!started_) {
            // The first load also waits for the object's constructors: their time is not the inputs'.
            started_ = true;
            startup_cpu_ = cpu();
            ask({Request::load, load.threads, 0, 0, load.bytes, 0}, timeout_ms, "loading its inputs");
            return finish(run, startup_cpu_, with_const, timeout_ms);
        }
        return finish(run, before_load, with_const, timeout_ms);
    }

    void stop() {
        if (process_ <= 0 || stopped_) return;
        kill(process_, SIGSTOP);
        const Nanoseconds deadline = read_clock(CLOCK_MONOTONIC) + 500'000'000;
        // The state is the main thread's; the others have stopped when the process uses no more CPU time.
        for (Nanoseconds before = -1; state() != 'T' || before != cpu_when_stopped_;) {
            if (read_clock(CLOCK_MONOTONIC) > deadline) throw Failure{"tampering", "the process does not stop"};
            before = cpu_when_stopped_;
            const timespec wait{0, 20'000};
            nanosleep(&wait, nullptr);
            cpu_when_stopped_ = cpu();
        }
        stopped_ = true;
    }

    const std::uint8_t* outputs() const { return outputs_; }
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
        pid_t process;
    };

    Run finish(Run run, Nanoseconds before_load, bool with_const, int timeout_ms) {
        const Nanoseconds loaded = cpu(), delay = run_delay();
        const Nanoseconds go = read_clock(CLOCK_MONOTONIC);
        ask({Request::go, 0, 0, 0, 0, 0}, timeout_ms, "the call");
        run.wall = read_clock(CLOCK_MONOTONIC) - go;
        const Nanoseconds done = cpu();
        run.cpu = done - loaded;
        run.delay = run_delay() - delay;
        const Answer dumped = ask({Request::dump, 0, with_const ? 1u : 0u, 0, 0, 0}, timeout_ms, "returning its outputs");
        run.bytes = dumped.bytes;
        run.off_clock = (loaded - before_load) + (cpu() - done);
        stop();
        return run;
    }

    void resume() {
        if (!stopped_) return;
        // Stopping is not taken on trust: whoever computed meanwhile found a way to be continued.
        if (cpu() - cpu_when_stopped_ > 200'000) throw Failure{"tampering", "it went on computing while it was stopped"};
        kill(process_, SIGCONT);
        stopped_ = false;
    }

    Answer ask(Order order, int timeout_ms, const char* phase) {
        order.nonce = secret();
        if (send(socket_, &order, sizeof order, MSG_NOSIGNAL | MSG_DONTWAIT) != static_cast<ssize_t>(sizeof order))
            throw Failure{"lost", phase};
        Answer reply{};
        receive(reply, timeout_ms, phase);
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
        char control[CMSG_SPACE(sizeof(ucred)) + 64] = {};
        iovec data{&reply, sizeof reply};
        msghdr message{};
        message.msg_iov = &data;
        message.msg_iovlen = 1;
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        const ssize_t got = recvmsg(socket_, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (got <= 0) throw Failure{"lost", phase};
        if (got != static_cast<ssize_t>(sizeof reply) || (message.msg_flags & MSG_TRUNC) != 0)
            throw Failure{"tampering", std::string("a message of the wrong size during ") + phase};
        Received from{0};
        for (cmsghdr* h = CMSG_FIRSTHDR(&message); h != nullptr; h = CMSG_NXTHDR(&message, h)) {
            if (h->cmsg_level != SOL_SOCKET) continue;
            if (h->cmsg_type == SCM_CREDENTIALS) {
                ucred who{};
                std::memcpy(&who, CMSG_DATA(h), sizeof who);
                from.process = who.pid;
            } else {
                throw Failure{"tampering", "a worker sent a descriptor"};
            }
        }
        return from;
    }

    char state() const {
        std::ifstream file("/proc/" + std::to_string(process_) + "/stat");
        std::string line;
        std::getline(file, line);
        const std::size_t at = line.rfind(')');
        if (at == std::string::npos || at + 2 >= line.size()) throw Failure{"lost", "the process is gone"};
        if (line[at + 2] == 'Z' || line[at + 2] == 'X') throw Failure{"lost", "the process is gone"};
        return line[at + 2];
    }

    Nanoseconds run_delay() const {
        std::ifstream file("/proc/" + std::to_string(process_) + "/schedstat");
        Nanoseconds running = 0, waiting = 0;
        file >> running >> waiting;
        return waiting;
    }

    int socket_;
    const char* name_;
    int outputs_fd_ = -1;
    const std::uint8_t* outputs_ = nullptr;
    pid_t process_ = 0;
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
        inputs_fd_ = Peer::buffer("inputs", 0);
        inputs_ = map_buffer(inputs_fd_, PROT_READ | PROT_WRITE);
        // The judge keeps its own mapping; from here on nobody else can make a writable one.
        require(fcntl(inputs_fd_, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW) == 0, "seal the inputs");
    }

    void greet() {
        attempt(baseline_, [&] { baseline_.greet(inputs_fd_, 10'000); });
        attempt(candidate_, [&] { candidate_.greet(inputs_fd_, 10'000); });
        if (!failed()) return;
        print_failure();
        std::cout << "}" << std::endl;
    }

    // Reads the plan, line by line: `tolerance RELATIVE ABSOLUTE BITWISE` once, then rounds of
    // `round THREADS BASELINE_TIMEOUT_MS CANDIDATE_TIMEOUT_MS GENERATOR WITH_CONST SHUFFLE EXTRA SEED DIM...`. EXTRA is
    // how many calls the candidate makes before the one that counts; SEED 0 draws a secret one.
    void follow(std::istream& plan) {
        std::string line;
        if (failed()) return;
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
        Writer out(inputs_, buffer_bytes);
        try {
            Subject::make(arguments, dims, random, static_cast<Generator>(generator));
            C::write_inputs(out, arguments);
        } catch (const std::exception& error) {
            culprit_ = "judge";
            failure_ = {"inputs", error.what()};
            print_failure();
            describe(threads, dims, seed);
            std::cout << "}" << std::endl;
            return;
        }
        Order load{Request::load, threads, 0, 0, out.bytes(), 0};
        Tolerance tolerance = tolerance_;
        tolerance.sum_length = static_cast<double>(out.bytes()) / sizeof(double);

        Run expected, got;
        const bool candidate_first = shuffle && (secret() & 1) != 0;
        const auto run_baseline = [&] { expected = baseline_.run(load, with_const, baseline_ms); };
        const auto run_candidate = [&] {
            for (int i = 0; i < extra; ++i) candidate_.run(load, with_const, candidate_ms);
            got = candidate_.run(load, with_const, candidate_ms);
        };
        if (candidate_first) attempt(candidate_, run_candidate);
        attempt(baseline_, run_baseline);
        if (!candidate_first) attempt(candidate_, run_candidate);
        std::string difference;
        attempt(candidate_, [&] { difference = compare(arguments, tolerance, expected, got, with_const); });
        if (failed()) {
            print_failure();
            describe(threads, dims, seed);
            std::cout << "}" << std::endl;
            return;
        }
        std::cout << "{\"event\":\"round\",\"baseline_ns\":" << expected.wall << ",\"candidate_ns\":" << got.wall + charge(expected, got)
                  << ",\"charged_ns\":" << charge(expected, got) << ",\"cpu_ns\":" << got.cpu << ",\"wall_ns\":" << got.wall
                  << ",\"delay_ns\":" << expected.delay << ",\"baseline_off_clock_ns\":" << expected.off_clock << ",\"input_bytes\":" << load.bytes << ",\"difference\":" << quoted(difference);
        describe(threads, dims, seed);
        std::cout << "}" << std::endl;
        differed_ = !difference.empty();
    }

    // Off-clock CPU time beyond the baseline's, with an allowance that stays small beside the call itself.
    static Nanoseconds charge(const Run& expected, const Run& got) {
        const Nanoseconds slack = expected.off_clock / 10 + 30'000;
        const Nanoseconds allowance = std::min(slack, std::max<Nanoseconds>(expected.wall / 20, 5'000));
        return std::max<Nanoseconds>(0, got.off_clock - expected.off_clock - allowance);
    }

    std::string compare(const typename C::Arguments& inputs, const Tolerance& tolerance, const Run& expected, const Run& got, bool with_const) {
        Outputs<F> want, have;
        Reader from_baseline(baseline_.outputs(), static_cast<std::size_t>(std::min<std::uint64_t>(expected.bytes, buffer_bytes)));
        C::read_outputs(from_baseline, want.result, want.arguments, with_const);
        try {
            // What the reference gives bounds what is read at all: outputs of another size are wrong anyway.
            if (got.bytes > std::min<std::uint64_t>(buffer_bytes, 2 * expected.bytes + 65536))
                throw std::length_error("far more data than the reference gives");
            Reader from_candidate(candidate_.outputs(), static_cast<std::size_t>(got.bytes));
            C::read_outputs(from_candidate, have.result, have.arguments, with_const);
        } catch (const std::length_error& error) {
            throw Failure{"malformed", error.what()};
        } catch (const std::bad_alloc&) {
            throw Failure{"malformed", "outputs too large to read"};
        }
        if constexpr (Subject::compares) {
            return Subject::difference(inputs, want, have);
        } else {
            Comparison comparison(tolerance);
            comparison.check("the result", want.result, have.result);
            C::for_outputs(with_const, [&](auto i) {
                comparison.check(Subject::parameters[i], std::get<i>(want.arguments), std::get<i>(have.arguments));
            });
            return comparison.difference();
        }
    }

    // Runs an action for which one worker is answerable; remembers the first failure.
    template <class Action>
    void attempt(const Peer& who, Action&& action) {
        if (failed()) return;
        try {
            action();
        } catch (const Failure& failure) {
            failure_ = failure;
            culprit_ = who.name();
        }
    }

    bool failed() const { return !culprit_.empty(); }

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

    Peer baseline_, candidate_;
    int inputs_fd_ = -1;
    std::uint8_t* inputs_ = nullptr;
    Tolerance tolerance_;
    Failure failure_;
    std::string culprit_;
    bool differed_ = false;
};

// Usage: judge BASELINE_SOCKET CANDIDATE_SOCKET < PLAN
template <class Subject>
int judge_main(int argc, char** argv) {
    if (argc != 3) return 64;
    require(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "become unreadable");
    Judge<Subject> judge(std::atoi(argv[1]), std::atoi(argv[2]));
    judge.greet();
    judge.follow(std::cin);
    return 0;
}

}  // namespace agentpar
