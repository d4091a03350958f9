// What ranks do in MPI, noted by way of the profiling interface: which call a rank is in, and which requests it has not
// completed. Included by the worker of MPI's ranks, once.
#pragma once

#include <mpi.h>
#include <pthread.h>

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
    int found = 0;
    MPI_Status status;
    PMPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &found, &status);
    if (!found) return nullptr;
    text = "a message from rank " + std::to_string(status.MPI_SOURCE) + ", tag " + std::to_string(status.MPI_TAG) + ", was sent and never received";
    return text.c_str();
}

extern "C" {
using agentpar::begin;
using agentpar::call;
using agentpar::complete;
using agentpar::none;
using agentpar::refuse;

using Data = const void*;
using Type = MPI_Datatype;
using Comm = MPI_Comm;
using Requests = MPI_Request*;

int MPI_Send(Data b, int n, Type t, int to, int tag, Comm c) { return call("MPI_Send", "to", to, tag, PMPI_Send, b, n, t, to, tag, c); }
int MPI_Ssend(Data b, int n, Type t, int to, int tag, Comm c) { return call("MPI_Ssend", "to", to, tag, PMPI_Ssend, b, n, t, to, tag, c); }
int MPI_Bsend(Data b, int n, Type t, int to, int tag, Comm c) { return call("MPI_Bsend", "to", to, tag, PMPI_Bsend, b, n, t, to, tag, c); }
int MPI_Rsend(Data b, int n, Type t, int to, int tag, Comm c) { return call("MPI_Rsend", "to", to, tag, PMPI_Rsend, b, n, t, to, tag, c); }
int MPI_Recv(void* b, int n, Type t, int from, int tag, Comm c, MPI_Status* s) { return call("MPI_Recv", "from", from, tag, PMPI_Recv, b, n, t, from, tag, c, s); }
int MPI_Sendrecv(Data b, int n, Type t, int to, int tag, void* rb, int rn, Type rt, int from, int rtag, Comm c, MPI_Status* s) {
    return call("MPI_Sendrecv", "from", from, rtag, PMPI_Sendrecv, b, n, t, to, tag, rb, rn, rt, from, rtag, c, s);
}
int MPI_Sendrecv_replace(void* b, int n, Type t, int to, int tag, int from, int rtag, Comm c, MPI_Status* s) {
    return call("MPI_Sendrecv_replace", "from", from, rtag, PMPI_Sendrecv_replace, b, n, t, to, tag, from, rtag, c, s);
}
int MPI_Probe(int from, int tag, Comm c, MPI_Status* s) { return call("MPI_Probe", "from", from, tag, PMPI_Probe, from, tag, c, s); }
int MPI_Mprobe(int from, int tag, Comm c, MPI_Message* m, MPI_Status* s) { return call("MPI_Mprobe", "from", from, tag, PMPI_Mprobe, from, tag, c, m, s); }
int MPI_Iprobe(int from, int tag, Comm c, int* f, MPI_Status* s) { return call("MPI_Iprobe", "from", from, tag, PMPI_Iprobe, from, tag, c, f, s); }

int MPI_Isend(Data b, int n, Type t, int to, int tag, Comm c, Requests r) { return begin("MPI_Isend", "to", to, tag, r, PMPI_Isend, b, n, t, to, tag, c); }
int MPI_Issend(Data b, int n, Type t, int to, int tag, Comm c, Requests r) { return begin("MPI_Issend", "to", to, tag, r, PMPI_Issend, b, n, t, to, tag, c); }
int MPI_Irecv(void* b, int n, Type t, int from, int tag, Comm c, Requests r) { return begin("MPI_Irecv", "from", from, tag, r, PMPI_Irecv, b, n, t, from, tag, c); }
int MPI_Ibsend(Data b, int n, Type t, int to, int tag, Comm c, Requests r) { return begin("MPI_Ibsend", "to", to, tag, r, PMPI_Ibsend, b, n, t, to, tag, c); }
int MPI_Irsend(Data b, int n, Type t, int to, int tag, Comm c, Requests r) { return begin("MPI_Irsend", "to", to, tag, r, PMPI_Irsend, b, n, t, to, tag, c); }
int MPI_Ibarrier(Comm c, Requests r) { return begin("MPI_Ibarrier", "", none, none, r, PMPI_Ibarrier, c); }
int MPI_Ibcast(void* b, int n, Type t, int root, Comm c, Requests r) { return begin("MPI_Ibcast", "root", root, none, r, PMPI_Ibcast, b, n, t, root, c); }
int MPI_Ireduce(Data b, void* o, int n, Type t, MPI_Op op, int root, Comm c, Requests r) { return begin("MPI_Ireduce", "root", root, none, r, PMPI_Ireduce, b, o, n, t, op, root, c); }
int MPI_Iallreduce(Data b, void* o, int n, Type t, MPI_Op op, Comm c, Requests r) { return begin("MPI_Iallreduce", "", none, none, r, PMPI_Iallreduce, b, o, n, t, op, c); }
int MPI_Iallgather(Data b, int n, Type t, void* o, int on, Type ot, Comm c, Requests r) { return begin("MPI_Iallgather", "", none, none, r, PMPI_Iallgather, b, n, t, o, on, ot, c); }
int MPI_Iallgatherv(Data b, int n, Type t, void* o, const int* on, const int* d, Type ot, Comm c, Requests r) {
    return begin("MPI_Iallgatherv", "", none, none, r, PMPI_Iallgatherv, b, n, t, o, on, d, ot, c);
}
int MPI_Igather(Data b, int n, Type t, void* o, int on, Type ot, int root, Comm c, Requests r) {
    return begin("MPI_Igather", "root", root, none, r, PMPI_Igather, b, n, t, o, on, ot, root, c);
}
int MPI_Igatherv(Data b, int n, Type t, void* o, const int* on, const int* d, Type ot, int root, Comm c, Requests r) {
    return begin("MPI_Igatherv", "root", root, none, r, PMPI_Igatherv, b, n, t, o, on, d, ot, root, c);
}
int MPI_Iscatter(Data b, int n, Type t, void* o, int on, Type ot, int root, Comm c, Requests r) {
    return begin("MPI_Iscatter", "root", root, none, r, PMPI_Iscatter, b, n, t, o, on, ot, root, c);
}
int MPI_Iscatterv(Data b, const int* n, const int* d, Type t, void* o, int on, Type ot, int root, Comm c, Requests r) {
    return begin("MPI_Iscatterv", "root", root, none, r, PMPI_Iscatterv, b, n, d, t, o, on, ot, root, c);
}
int MPI_Ialltoall(Data b, int n, Type t, void* o, int on, Type ot, Comm c, Requests r) { return begin("MPI_Ialltoall", "", none, none, r, PMPI_Ialltoall, b, n, t, o, on, ot, c); }
int MPI_Iscan(Data b, void* o, int n, Type t, MPI_Op op, Comm c, Requests r) { return begin("MPI_Iscan", "", none, none, r, PMPI_Iscan, b, o, n, t, op, c); }
int MPI_Iexscan(Data b, void* o, int n, Type t, MPI_Op op, Comm c, Requests r) { return begin("MPI_Iexscan", "", none, none, r, PMPI_Iexscan, b, o, n, t, op, c); }

int MPI_Wait(Requests r, MPI_Status* s) { return complete("MPI_Wait", 1, r, PMPI_Wait, r, s); }
int MPI_Waitall(int n, Requests r, MPI_Status* s) { return complete("MPI_Waitall", n, r, PMPI_Waitall, n, r, s); }
int MPI_Waitany(int n, Requests r, int* i, MPI_Status* s) { return complete("MPI_Waitany", n, r, PMPI_Waitany, n, r, i, s); }
int MPI_Waitsome(int n, Requests r, int* o, int* i, MPI_Status* s) { return complete("MPI_Waitsome", n, r, PMPI_Waitsome, n, r, o, i, s); }
int MPI_Test(Requests r, int* f, MPI_Status* s) { return complete("MPI_Test", 1, r, PMPI_Test, r, f, s); }
int MPI_Testall(int n, Requests r, int* f, MPI_Status* s) { return complete("MPI_Testall", n, r, PMPI_Testall, n, r, f, s); }
int MPI_Testany(int n, Requests r, int* i, int* f, MPI_Status* s) { return complete("MPI_Testany", n, r, PMPI_Testany, n, r, i, f, s); }
int MPI_Testsome(int n, Requests r, int* o, int* i, MPI_Status* s) { return complete("MPI_Testsome", n, r, PMPI_Testsome, n, r, o, i, s); }
int MPI_Request_free(Requests r) { return complete("MPI_Request_free", 1, r, PMPI_Request_free, r); }

int MPI_Barrier(Comm c) { return call("MPI_Barrier", PMPI_Barrier, c); }
int MPI_Bcast(void* b, int n, Type t, int root, Comm c) { return call("MPI_Bcast", "root", root, none, PMPI_Bcast, b, n, t, root, c); }
int MPI_Reduce(Data b, void* o, int n, Type t, MPI_Op op, int root, Comm c) { return call("MPI_Reduce", "root", root, none, PMPI_Reduce, b, o, n, t, op, root, c); }
int MPI_Allreduce(Data b, void* o, int n, Type t, MPI_Op op, Comm c) { return call("MPI_Allreduce", PMPI_Allreduce, b, o, n, t, op, c); }
int MPI_Reduce_scatter(Data b, void* o, const int* n, Type t, MPI_Op op, Comm c) { return call("MPI_Reduce_scatter", PMPI_Reduce_scatter, b, o, n, t, op, c); }
int MPI_Reduce_scatter_block(Data b, void* o, int n, Type t, MPI_Op op, Comm c) { return call("MPI_Reduce_scatter_block", PMPI_Reduce_scatter_block, b, o, n, t, op, c); }
int MPI_Scan(Data b, void* o, int n, Type t, MPI_Op op, Comm c) { return call("MPI_Scan", PMPI_Scan, b, o, n, t, op, c); }
int MPI_Exscan(Data b, void* o, int n, Type t, MPI_Op op, Comm c) { return call("MPI_Exscan", PMPI_Exscan, b, o, n, t, op, c); }
int MPI_Gather(Data b, int n, Type t, void* o, int on, Type ot, int root, Comm c) { return call("MPI_Gather", "root", root, none, PMPI_Gather, b, n, t, o, on, ot, root, c); }
int MPI_Gatherv(Data b, int n, Type t, void* o, const int* on, const int* d, Type ot, int root, Comm c) {
    return call("MPI_Gatherv", "root", root, none, PMPI_Gatherv, b, n, t, o, on, d, ot, root, c);
}
int MPI_Scatter(Data b, int n, Type t, void* o, int on, Type ot, int root, Comm c) { return call("MPI_Scatter", "root", root, none, PMPI_Scatter, b, n, t, o, on, ot, root, c); }
int MPI_Scatterv(Data b, const int* n, const int* d, Type t, void* o, int on, Type ot, int root, Comm c) {
    return call("MPI_Scatterv", "root", root, none, PMPI_Scatterv, b, n, d, t, o, on, ot, root, c);
}
int MPI_Allgather(Data b, int n, Type t, void* o, int on, Type ot, Comm c) { return call("MPI_Allgather", PMPI_Allgather, b, n, t, o, on, ot, c); }
int MPI_Allgatherv(Data b, int n, Type t, void* o, const int* on, const int* d, Type ot, Comm c) {
    return call("MPI_Allgatherv", PMPI_Allgatherv, b, n, t, o, on, d, ot, c);
}
int MPI_Alltoall(Data b, int n, Type t, void* o, int on, Type ot, Comm c) { return call("MPI_Alltoall", PMPI_Alltoall, b, n, t, o, on, ot, c); }
int MPI_Alltoallv(Data b, const int* n, const int* d, Type t, void* o, const int* on, const int* od, Type ot, Comm c) {
    return call("MPI_Alltoallv", PMPI_Alltoallv, b, n, d, t, o, on, od, ot, c);
}
int MPI_Comm_create(Comm c, MPI_Group g, Comm* o) { return call("MPI_Comm_create", PMPI_Comm_create, c, g, o); }
int MPI_Comm_dup(Comm c, Comm* o) { return call("MPI_Comm_dup", PMPI_Comm_dup, c, o); }
int MPI_Comm_split(Comm c, int colour, int key, Comm* o) { return call("MPI_Comm_split", PMPI_Comm_split, c, colour, key, o); }
int MPI_Win_create(void* b, MPI_Aint n, int unit, MPI_Info i, Comm c, MPI_Win* w) { return call("MPI_Win_create", PMPI_Win_create, b, n, unit, i, c, w); }
int MPI_Win_allocate(MPI_Aint n, int unit, MPI_Info i, Comm c, void* b, MPI_Win* w) { return call("MPI_Win_allocate", PMPI_Win_allocate, n, unit, i, c, b, w); }
int MPI_Win_fence(int assert, MPI_Win w) { return call("MPI_Win_fence", PMPI_Win_fence, assert, w); }
int MPI_Win_free(MPI_Win* w) { return call("MPI_Win_free", PMPI_Win_free, w); }

int MPI_Init(int*, char***) { return refuse("MPI_Init", "MPI is initialised before the function is called; leave it out"); }
int MPI_Init_thread(int*, char***, int, int*) { return refuse("MPI_Init_thread", "MPI is initialised before the function is called; leave it out"); }
int MPI_Finalize() { return refuse("MPI_Finalize", "the caller goes on to use MPI; leave it out"); }
int MPI_Abort(Comm, int code) { return refuse("MPI_Abort", "code " + std::to_string(code)); }
int MPI_Comm_spawn(const char*, char*[], int, MPI_Info, int, Comm, Comm*, int[]) { return refuse("MPI_Comm_spawn", "ranks start no processes"); }
int MPI_Comm_spawn_multiple(int, char*[], char**[], const int[], const MPI_Info[], int, Comm, Comm*, int[]) {
    return refuse("MPI_Comm_spawn_multiple", "ranks start no processes");
}
int MPI_Win_allocate_shared(MPI_Aint, int, MPI_Info, Comm, void*, MPI_Win*) { return refuse("MPI_Win_allocate_shared", "ranks share no memory"); }
}
