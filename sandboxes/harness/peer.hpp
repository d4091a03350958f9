// The judge's end of one worker: feeds it, stops and continues it, hears it, and reads what it left.
#pragma once

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <sys/random.h>

#include "call.hpp"
#include "clocks.hpp"
#include "compare.hpp"
#include "memory.hpp"
#include "place.hpp"
#include "wire.hpp"

namespace agentpar {

inline std::uint64_t secret() {
    std::uint64_t value = 0;
    require(getrandom(&value, sizeof value, 0) == static_cast<ssize_t>(sizeof value), "getrandom");
    return value;
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
    std::string kind;  // lost, timeout, deadlock, tampering, threw, failed, left_over, out_of_memory, malformed
    std::string detail;
    int rank = 0;
};

struct Run {
    Nanoseconds wall = 0;       // from being continued to its answer, on the judge's clock
    Nanoseconds cpu = 0;        // the whole process's CPU time meanwhile
    Nanoseconds before = 0;     // its CPU time off the clock: until it stands still with room for its inputs,
    Nanoseconds after = 0;      // and from its answer until it stands still
    Nanoseconds lapse = 0;      // its CPU time while it should have stood still, as far as that is forgiven
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

// CPU time that copying so many bytes to a device or back may take.
inline Nanoseconds copying(std::size_t bytes) { return 300'000 + static_cast<Nanoseconds>(bytes / 2); }

// The judge's end of one worker.
template <class C>
class Peer {
public:
    explicit Peer(int socket) : socket_(socket) {
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
        greeted_cpu_ = cpu();
        stat_.open(folder_ + "/stat");
        schedstat_.open(folder_ + "/schedstat");
    }

    void open(const std::string& object) {
        if (send(socket_, object.data(), object.size(), MSG_NOSIGNAL | MSG_DONTWAIT) != static_cast<ssize_t>(object.size()))
            throw Failure{"lost", "start"};
    }

    // For a candidate on a device.
    void handle(Handling handling) { handling_ = handling; }

    // Has it make room for the arguments of a call, and stops it. Throws Failure, as all that follows.
    void make_room(const Order& load, int timeout_ms) {
        // Its threads may compute as soon as they are continued, while this process waits for a CPU.
        Nanoseconds before = cpu();
        resume();
        if (handling_ != Handling::none) {
            ask({Request::flush, 0, 0, 0}, timeout_ms, "emptying the device's cache");
            before = cpu();
        }
        Answer placed = ask(load, timeout_ms, "loading its inputs");
        if (!started_) {
            // The first load also waits for the object's constructors: their time is not the inputs'.
            started_ = true;
            before = cpu();
            startup_cpu_ = before - greeted_cpu_;
            placed = ask(load, timeout_ms, "loading its inputs");
        }
        stop();
        run_ = {};
        run_.before = stillness_.mark() - before;
        room_map_bytes_ = placed.bytes;
    }

    // Writes the arguments there, while it stands still.
    void give(const typename C::Arguments& arguments, int timeout_ms) {
        run_.input_bytes = place(room_map_bytes_, arguments);
        if (handling_ == Handling::copies) run_.before += copy({Request::place, 0, 0, 0}, timeout_ms, "copying its inputs to the device");
    }

    // Orders the call, which begins when the process is continued.
    void order_call() {
        loaded_ = stillness_.mark();
        delay_ = run_delay();
        go_ = {Request::go, 0, 0, secret()};
        post(go_, "the call");
    }
    void resume() {
        if (!stopped_) return;
        // Stopping is not taken on trust: whoever computed meanwhile found a way to be continued.
        lapse_ += stillness_.lapse(cpu());
        if (!stillness_.is_believed()) throw Failure{"tampering", "it went on computing while it was stopped"};
        kill(process_, SIGCONT);
        stopped_ = false;
    }
    void hear_answer(int timeout_ms) { run_.map_bytes = hear(go_, timeout_ms, "the call").bytes; }

    // The clock has stopped: what the process computes from here on is off it.
    void end_clock() {
        clock_ended_ = cpu();
        kill(process_, SIGSTOP);
    }
    // Takes down what the call took, once the process stands still.
    void end_call(Nanoseconds wall) {
        run_.wall = wall;
        stop();
        run_.after = stillness_.mark() - clock_ended_;
        run_.lapse = std::exchange(lapse_, 0);
        run_.cpu = clock_ended_ - loaded_;
        if (handling_ == Handling::copies) run_.after += copy({Request::collect, 0, 0, 0}, 60'000, "copying its outputs from the device");
        run_.delay = run_delay() - delay_;
    }

    // Whether all that an earlier call was sent has been taken; a worker that has nothing to say about it agrees.
    void settle(const Order& load, int timeout_ms) {
        resume();
        ask(load, timeout_ms, "what follows its last call");
    }

    // Reads what the last call gave, at most `most_bytes` of values from at most `most_map_bytes` of map; returns how many
    // bytes the values took. Throws Failure.
    //
    // With `noise`, const inputs are written over before outputs are read, and each output once it was read: an output
    // that is the memory of an input or of another output, under whatever address, is no longer right then.
    std::size_t fetch(const typename C::Arguments& inputs, typename C::Result& result, typename C::Arguments& arguments,
                      bool with_const, std::size_t most_bytes, std::size_t most_map_bytes, const Noise* noise) {
        try {
            if (run_.map_bytes > std::min(most_map_bytes, buffer_bytes - inputs_map_.size()))
                throw std::length_error("far more data than the reference gives");
            Fetcher from{memory_, Reader(map_ + inputs_map_.size(), run_.map_bytes), most_bytes};
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

    const Run& last_run() const { return run_; }
    int socket() const { return socket_; }
    // A copy of what it notes of its calls; it may be writing at this moment.
    CallRecord call_record() const {
        CallRecord record;
        std::memcpy(&record, map_ + record_at, sizeof record);
        record.relation[sizeof record.relation - 1] = record.name[sizeof record.name - 1] = 0;
        return record;
    }
    Nanoseconds startup_cpu() const { return startup_cpu_; }
    Nanoseconds cpu() const {
        timespec now{};
        if (clock_gettime(cpu_clock_, &now) != 0) throw Failure{"lost", "its work"};
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

    // Has the stopped worker copy between its host and its device, which takes CPU time, and nothing else; returns what
    // CPU time it took beyond that.
    Nanoseconds copy(const Order& order, int timeout_ms, const char* phase) {
        const Nanoseconds before = stillness_.mark();
        resume();
        ask(order, timeout_ms, phase);
        stop();
        return std::max<Nanoseconds>(0, stillness_.mark() - before - copying(run_.input_bytes));
    }

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

    void stop() {
        kill(process_, SIGSTOP);
        // A process needs a CPU to stop, which a crowded machine may not give it for long.
        const Nanoseconds deadline = read_clock(CLOCK_MONOTONIC) + 5'000'000'000;
        // Who looks too often takes the CPU from the thread that is about to stop, again and again: so ever longer waits.
        for (long wait_ns = 10'000; !stands_still(); wait_ns = std::min(2 * wait_ns, 500'000L)) {
            if (read_clock(CLOCK_MONOTONIC) > deadline) throw Failure{"tampering", "the process does not stop"};
            const timespec wait{0, wait_ns};
            nanosleep(&wait, nullptr);
        }
        stillness_.begin([this] { return cpu(); });
        stopped_ = true;
    }

    // Whether every thread has stopped. A process that stops makes no new threads.
    bool stands_still() {
        const Activity whole(stat_.read());
        if (whole.is_gone()) throw Failure{"lost", "its work"};
        if (whole.state != 'T') return false;
        if (whole.threads <= 1) return true;
        DIR* tasks = opendir((folder_ + "/task").c_str());
        if (tasks == nullptr) throw Failure{"lost", "its work"};
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
        const Received from = receive(reply, timeout_ms, phase);
        if (from.descriptor >= 0) throw Failure{"tampering", "a worker sent a descriptor"};
        if (from.process != process_) throw Failure{"tampering", std::string("another process answered for it during ") + phase};
        if (reply.nonce != order.nonce) throw Failure{"tampering", std::string("an answer nobody asked for during ") + phase};
        if (reply.status == Status::out_of_memory) throw Failure{"out_of_memory", phase};
        reply.text[sizeof reply.text - 1] = 0;
        if (reply.status == Status::threw) throw Failure{"threw", reply.text};
        if (reply.status == Status::failed) throw Failure{"failed", reply.text};
        if (reply.status == Status::left_over) throw Failure{"left_over", reply.text};
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
    int map_fd_ = -1;
    const std::uint8_t* map_ = nullptr;
    std::vector<std::uint8_t> inputs_map_;
    Memory memory_;
    pid_t process_ = 0;
    std::string folder_;
    KernelFile stat_, schedstat_;
    clockid_t cpu_clock_{};
    Handling handling_ = Handling::none;
    Stillness stillness_;
    bool stopped_ = false, started_ = false;
    Nanoseconds greeted_cpu_ = 0, startup_cpu_ = 0, lapse_ = 0, loaded_ = 0, clock_ended_ = 0, delay_ = 0;
    std::uint64_t room_map_bytes_ = 0;
    Order go_{};
    Run run_;
};

}  // namespace agentpar
