// The worker: loads one shared object and calls its function with what the judge sends.
//
// Nothing here is trusted once the object is loaded; the judge believes only its own clock, the kernel's CPU accounts
// and the outputs it compares.
#pragma once

#include <dlfcn.h>

#include <new>
#include <stdexcept>

#include "call.hpp"
#include "lockdown.hpp"
#include "place.hpp"
#include "wire.hpp"

// Defined in the workers of targets whose candidates have no OpenMP runtime to be told.
extern "C" __attribute__((weak)) void agentpar_set_threads(int count);
// Defined in the worker of MPI's ranks: notes calls there from now on; says what the last call of the function left
// unfinished, or nothing.
extern "C" __attribute__((weak)) void agentpar_note_calls(void* record);
extern "C" __attribute__((weak)) const char* agentpar_left_over();

namespace agentpar {

// A call into a library that failed for a reason of the candidate's.
struct CallFailed : std::runtime_error {
    using std::runtime_error::runtime_error;
};

template <class F, class Place>
class Worker {
    using C = Call<F>;

public:
    Worker(int socket, typename C::Pointer function, const std::uint8_t* shape, std::uint8_t* map, Place& place)
        : socket_(socket), function_(function), shape_(shape), map_(map), place_(place) {
        set_threads_ = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
    }

    void serve() {
        Order order{};
        while (receive(socket_, &order, sizeof order) == static_cast<ssize_t>(sizeof order)) answer(order);
    }

private:
    void answer(const Order& order) {
        Answer reply{};
        reply.status = Status::done;
        reply.nonce = order.nonce;
        try {
            // Not before a call: others may have begun it, and sent to this one.
            if (order.request != Request::go && is_untidy(reply)) {
            } else if (order.request == Request::load) {
                result_.reset();
                Reader shape(shape_, order.bytes);
                C::take_shape(shape, arguments_);
                if (set_threads_ != nullptr) set_threads_(static_cast<int>(order.threads));
                if (agentpar_set_threads != nullptr) agentpar_set_threads(static_cast<int>(order.threads));
                Writer map(map_, record_at);
                C::write_map(map, arguments_);
                inputs_map_bytes_ = reply.bytes = map.bytes();
            } else if (order.request == Request::go) {
                result_.emplace(place_.invoke(function_, arguments_));
                place_.finish();
                Writer map(map_ + inputs_map_bytes_, record_at - inputs_map_bytes_);
                C::write_outputs(map, *result_, arguments_);
                reply.bytes = map.bytes();
                is_untidy(reply);
            } else if (order.request == Request::flush) {
                place_.flush();
            } else if (order.request == Request::place) {
                place_.place(arguments_);
            } else if (order.request == Request::collect) {
                place_.collect(arguments_);
            }
        } catch (const std::bad_alloc&) {
            reply.status = Status::out_of_memory;
        } catch (const CallFailed& error) {
            reply.status = Status::failed;
            std::snprintf(reply.text, sizeof reply.text, "%s", error.what());
        } catch (const std::exception& error) {
            reply.status = Status::threw;
            std::snprintf(reply.text, sizeof reply.text, "%s", error.what());
        } catch (...) {
            reply.status = Status::threw;
            std::snprintf(reply.text, sizeof reply.text, "something that is not a std::exception");
        }
        const ssize_t sent = send(socket_, &reply, sizeof reply, MSG_NOSIGNAL);
        if (sent < 0 && errno == EPIPE) std::_Exit(1);  // the judge waited long enough: nothing to say to anybody
        require(sent == static_cast<ssize_t>(sizeof reply), "answer");
    }

    // Whether the last call left something unfinished; then the answer says what.
    static bool is_untidy(Answer& reply) {
        const char* what = agentpar_left_over == nullptr ? nullptr : agentpar_left_over();
        if (what == nullptr) return false;
        reply.status = Status::left_over;
        std::snprintf(reply.text, sizeof reply.text, "%s", what);
        return true;
    }

    int socket_;
    typename C::Pointer function_;
    const std::uint8_t* shape_;
    std::uint8_t* map_;
    Place& place_;
    std::size_t inputs_map_bytes_ = 0;
    void (*set_threads_)(int);
    typename C::Arguments arguments_{};
    std::optional<typename C::Result> result_;
};

// Linked into the worker of the race gate only.
extern "C" __attribute__((weak)) void agentpar_start_openmp();

// Everything that is the same for all candidates happens before the judge names an object, so that it can happen early.
template <class F, class Place = OnHost<F>>
int serve_candidate(int socket, std::uint64_t memory_bytes, std::uint64_t threads) {
    int both[2];
    receive_two(socket, both);
    const std::uint8_t* shape = map_buffer(both[0], PROT_READ);
    std::uint8_t* map = map_buffer(both[1], PROT_READ | PROT_WRITE);
    Place place;
    // Who holds this descriptor may read and write this process's memory, whoever they are: now it is the judge's.
    const int memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
    require(memory >= 0, "open its own memory");
    if (agentpar_note_calls != nullptr) agentpar_note_calls(map + record_at);
    Answer ready{};
    ready.status = Status::ready;
    send_with(socket, &ready, sizeof ready, {memory});
    for (const int descriptor : {both[0], both[1], memory}) close(descriptor);
    if (agentpar_start_openmp != nullptr) agentpar_start_openmp();
    // Huge pages are given back to the kernel in no time, and cleared while the judge writes inputs into them, off the
    // clock. So neither baseline nor candidate has any. (A kernel may be built without them.)
    (void)prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
    lock_down(memory_bytes, threads, Place::has_driver);
    char path[longest_path + 1] = {};
    if (receive(socket, path, longest_path) <= 0) return 0;  // the session ended before it began
    void* object = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    if (object == nullptr) {
        std::fprintf(stderr, "%s\n", dlerror());
        return 71;
    }
    auto entry = reinterpret_cast<void* (*)()>(dlsym(object, "agentpar_entry"));
    if (entry == nullptr) {
        std::fprintf(stderr, "the object has no entry\n");
        return 71;
    }
    Worker<F, Place>(socket, reinterpret_cast<typename Call<F>::Pointer>(entry()), shape, map, place).serve();
    return 0;
}

// Usage: worker MEMORY_BYTES THREADS SOCKET
template <class F, class Place = OnHost<F>>
int worker_main(int argc, char** argv) {
    if (argc != 4) return 64;
    return serve_candidate<F, Place>(std::atoi(argv[3]), std::strtoull(argv[1], nullptr, 10), std::strtoull(argv[2], nullptr, 10));
}

}  // namespace agentpar
