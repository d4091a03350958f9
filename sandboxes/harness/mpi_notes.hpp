// What ranks do in MPI, noted by way of the profiling interface: which call a rank is in, and what it has begun and not
// completed. The calls themselves are in mpi_calls.hpp.
#pragma once

#include <mpi.h>
#include <pthread.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "ranks.hpp"

namespace agentpar {

constexpr int none = CallRecord::none;

inline CallRecord unwatched;
inline CallRecord* record = &unwatched;

struct Pending {
    MPI_Request request;
    std::string call;
};
inline std::vector<Pending> pending;
inline std::vector<Pending> persistent;  // requests that are begun again and again, of which one may be under way
struct Matched {
    MPI_Message message;
    std::string call;
};
inline std::vector<Matched> matched;  // messages that a probe took out of the queue, for one call to receive
inline std::vector<MPI_Comm> communicators{MPI_COMM_WORLD};  // and those that the candidate has made

inline std::string in_words(const char* name, const char* relation, int peer, int tag) {
    std::string text = name;
    if (peer != none) text += std::string(" ") + relation + " rank " + (peer < 0 ? "any" : std::to_string(peer));
    if (tag != none) text += ", tag " + (tag < 0 ? "any" : std::to_string(tag));
    return text;
}

[[noreturn]] inline void throw_mpi_error(int code) {
    char text[MPI_MAX_ERROR_STRING] = {};
    int length = 0;
    PMPI_Error_string(code, text, &length);
    if (char* stack = std::strstr(text, ", error stack:")) *stack = '\0';  // MPICH's tells of its own functions
    const bool is_noted = record->is_inside != 0;  // else it is a call that is not among those below
    record->is_inside = 0;
    throw CallFailed((is_noted ? in_words(record->name, record->relation, record->peer, record->tag) : "a call of MPI") + ": " + text);
}

// The thread that may call MPI; null where any may.
inline const pthread_t* caller = nullptr;

inline void note_caller() {
    static const pthread_t self = pthread_self();
    caller = &self;
}

// What another thread throws nobody would catch.
[[noreturn]] inline void end_for(const char* name) {
    std::fprintf(stderr, "%s: called by another thread than the one that called the function; MPI_THREAD_FUNNELED allows that one alone\n", name);
    std::abort();
}

// Calls the library, with note of it. Wildcards are negative in every MPI.
template <class Function, class... A>
int call(const char* name, const char* relation, int peer, int tag, Function function, A... arguments) {
    if (caller != nullptr && pthread_equal(*caller, pthread_self()) == 0) end_for(name);
    std::snprintf(record->name, sizeof record->name, "%s", name);
    std::snprintf(record->relation, sizeof record->relation, "%s", relation);
    record->peer = peer == none ? none : peer < 0 ? CallRecord::any : peer;
    record->tag = tag == none ? none : tag < 0 ? CallRecord::any : tag;
    record->calls = record->calls + 1;
    record->is_inside = 1;
    const int result = function(arguments...);
    record->is_inside = 0;
    return result;
}
template <class Function, class... A>
int call(const char* name, Function function, A... arguments) {
    return call(name, "", none, none, function, arguments...);
}
// The same for a call that begins a request.
template <class Function, class... A>
int begin(const char* name, const char* relation, int peer, int tag, MPI_Request* request, Function function, A... arguments) {
    const int result = call(name, relation, peer, tag, function, arguments..., request);
    if (*request != MPI_REQUEST_NULL) pending.push_back({*request, in_words(name, relation, peer, tag)});
    return result;
}
// The same for a call that may find a message, and for one that receives what was found.
template <class Function, class... A>
int find(const char* name, int from, int tag, MPI_Message* message, Function function, A... arguments) {
    *message = MPI_MESSAGE_NULL;
    const int result = call(name, "from", from, tag, function, arguments...);
    if (*message != MPI_MESSAGE_NULL && *message != MPI_MESSAGE_NO_PROC) matched.push_back({*message, in_words(name, "from", from, tag)});
    return result;
}
inline void forget(MPI_Message message) {
    matched.erase(std::remove_if(matched.begin(), matched.end(), [&](const Matched& each) { return each.message == message; }), matched.end());
}
// The same for a call that makes a request for MPI_Start.
template <class Function, class... A>
int prepare(const char* name, const char* relation, int peer, int tag, MPI_Request* request, Function function, A... arguments) {
    const int result = call(name, relation, peer, tag, function, arguments..., request);
    if (result == MPI_SUCCESS) persistent.push_back({*request, in_words(name, relation, peer, tag)});
    return result;
}
// The same for a call that makes a communicator.
template <class Function, class... A>
int make(const char* name, MPI_Comm* made, Function function, A... arguments) {
    const int result = call(name, function, arguments..., made);
    if (result == MPI_SUCCESS && *made != MPI_COMM_NULL) communicators.push_back(*made);
    return result;
}
// The same for a call that makes a window, whose errors end the program unless it is told otherwise. MPICH has int for both types.
template <class Function, class... A>
int make_window(const char* name, MPI_Win* made, Function function, A... arguments) {
    const int result = call(name, function, arguments..., made);
    if (result == MPI_SUCCESS) PMPI_Win_set_errhandler(*made, errors.of_windows);
    return result;
}
template <class Function>
int end(const char* name, MPI_Comm* made, Function function) {
    communicators.erase(std::remove(communicators.begin(), communicators.end(), *made), communicators.end());
    return call(name, function, made);
}
// The same for a call that may complete requests: those that are null after it.
template <class Function, class... A>
int complete(const char* name, int count, MPI_Request* requests, Function function, A... arguments) {
    const std::vector<MPI_Request> before(requests, requests + std::max(count, 0));
    const int result = call(name, function, arguments...);
    for (std::size_t i = 0; i < before.size(); ++i) {
        if (requests[i] != MPI_REQUEST_NULL) continue;
        for (std::size_t p = 0; p < pending.size(); ++p) {
            if (pending[p].request != before[i]) continue;
            pending.erase(pending.begin() + static_cast<std::ptrdiff_t>(p));
            break;
        }
    }
    return result;
}

// How a candidate hears that a call is not its to make: by an exception, or by what the call returns.
[[noreturn]] inline int throw_refusal(const std::string& words) { throw CallFailed(words); }
inline int (*tell_refusal)(const std::string& words) = throw_refusal;

inline int refuse(const char* name, const std::string& why) { return tell_refusal(std::string(name) + ": " + why); }

// Whether a message waits there that nobody received, and which.
inline bool has_message(MPI_Comm communicator, std::string& told) {
    int found = 0;
    MPI_Status status;
    PMPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, communicator, &found, &status);
    if (found == 0) return false;
    told = "a message from rank " + std::to_string(status.MPI_SOURCE) + ", tag " + std::to_string(status.MPI_TAG);
    told += communicator == MPI_COMM_WORLD ? "" : " on a communicator of its own";
    told += ", was sent and never received";
    return true;
}

}  // namespace agentpar

extern "C" void agentpar_note_calls(void* where) {
    agentpar::record = new (where) agentpar::CallRecord{};
    agentpar::record->is_rank = 1;
}

extern "C" const char* agentpar_left_over() {
    static std::string text;
    if (!agentpar::pending.empty()) {
        text = agentpar::pending.front().call + " was begun and never completed (MPI_Wait)";
        return text.c_str();
    }
    for (const agentpar::Pending& each : agentpar::persistent) {
        int is_idle = 1;
        PMPI_Request_get_status(each.request, &is_idle, MPI_STATUS_IGNORE);
        if (is_idle) continue;
        text = "MPI_Start of " + each.call + " was never completed (MPI_Wait)";
        return text.c_str();
    }
    if (!agentpar::matched.empty()) {
        text = "what " + agentpar::matched.front().call + " found was never received (MPI_Mrecv)";
        return text.c_str();
    }
    for (const MPI_Comm each : agentpar::communicators)
        if (agentpar::has_message(each, text)) return text.c_str();
    return nullptr;
}
