// The calls of MPI that ranks make, noted on their way to the library, and those that are refused. What is not among them
// can neither wait for another rank nor begin anything. Included by the worker of MPI's ranks, once.
#pragma once

#include "mpi_notes.hpp"

extern "C" {
using agentpar::begin;
using agentpar::call;
using agentpar::complete;
using agentpar::end;
using agentpar::errors;
using agentpar::make;
using agentpar::make_window;
using agentpar::none;
using agentpar::prepare;
using agentpar::refuse;

using Data = const void*;
using Type = MPI_Datatype;
using Comm = MPI_Comm;
using Requests = MPI_Request*;
using Window = MPI_Win;
using Place = MPI_Aint;

int MPI_Send(Data b, int n, Type t, int to, int tag, Comm c) { return call("MPI_Send", "to", to, tag, PMPI_Send, b, n, t, to, tag, c); }
int MPI_Ssend(Data b, int n, Type t, int to, int tag, Comm c) { return call("MPI_Ssend", "to", to, tag, PMPI_Ssend, b, n, t, to, tag, c); }
int MPI_Buffer_detach(void* b, int* n) { return call("MPI_Buffer_detach", PMPI_Buffer_detach, b, n); }
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
int MPI_Mprobe(int from, int tag, Comm c, MPI_Message* m, MPI_Status* s) { return agentpar::find("MPI_Mprobe", from, tag, m, PMPI_Mprobe, from, tag, c, m, s); }
int MPI_Improbe(int from, int tag, Comm c, int* f, MPI_Message* m, MPI_Status* s) { return agentpar::find("MPI_Improbe", from, tag, m, PMPI_Improbe, from, tag, c, f, m, s); }
int MPI_Mrecv(void* b, int n, Type t, MPI_Message* m, MPI_Status* s) {
    agentpar::forget(*m);
    return call("MPI_Mrecv", PMPI_Mrecv, b, n, t, m, s);
}
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

int MPI_Ialltoallv(Data b, const int* n, const int* d, Type t, void* o, const int* on, const int* od, Type ot, Comm c, Requests r) {
    return begin("MPI_Ialltoallv", "", none, none, r, PMPI_Ialltoallv, b, n, d, t, o, on, od, ot, c);
}
int MPI_Ialltoallw(Data b, const int* n, const int* d, const Type* t, void* o, const int* on, const int* od, const Type* ot, Comm c, Requests r) {
    return begin("MPI_Ialltoallw", "", none, none, r, PMPI_Ialltoallw, b, n, d, t, o, on, od, ot, c);
}
int MPI_Ireduce_scatter(Data b, void* o, const int* n, Type t, MPI_Op op, Comm c, Requests r) {
    return begin("MPI_Ireduce_scatter", "", none, none, r, PMPI_Ireduce_scatter, b, o, n, t, op, c);
}
int MPI_Ireduce_scatter_block(Data b, void* o, int n, Type t, MPI_Op op, Comm c, Requests r) {
    return begin("MPI_Ireduce_scatter_block", "", none, none, r, PMPI_Ireduce_scatter_block, b, o, n, t, op, c);
}
int MPI_Ineighbor_allgather(Data b, int n, Type t, void* o, int on, Type ot, Comm c, Requests r) {
    return begin("MPI_Ineighbor_allgather", "", none, none, r, PMPI_Ineighbor_allgather, b, n, t, o, on, ot, c);
}
int MPI_Ineighbor_allgatherv(Data b, int n, Type t, void* o, const int* on, const int* d, Type ot, Comm c, Requests r) {
    return begin("MPI_Ineighbor_allgatherv", "", none, none, r, PMPI_Ineighbor_allgatherv, b, n, t, o, on, d, ot, c);
}
int MPI_Ineighbor_alltoall(Data b, int n, Type t, void* o, int on, Type ot, Comm c, Requests r) {
    return begin("MPI_Ineighbor_alltoall", "", none, none, r, PMPI_Ineighbor_alltoall, b, n, t, o, on, ot, c);
}
int MPI_Ineighbor_alltoallv(Data b, const int* n, const int* d, Type t, void* o, const int* on, const int* od, Type ot, Comm c, Requests r) {
    return begin("MPI_Ineighbor_alltoallv", "", none, none, r, PMPI_Ineighbor_alltoallv, b, n, d, t, o, on, od, ot, c);
}
int MPI_Ineighbor_alltoallw(Data b, const int* n, const Place* d, const Type* t, void* o, const int* on, const Place* od, const Type* ot, Comm c, Requests r) {
    return begin("MPI_Ineighbor_alltoallw", "", none, none, r, PMPI_Ineighbor_alltoallw, b, n, d, t, o, on, od, ot, c);
}
int MPI_Imrecv(void* b, int n, Type t, MPI_Message* m, Requests r) {
    agentpar::forget(*m);
    return begin("MPI_Imrecv", "", none, none, r, PMPI_Imrecv, b, n, t, m);
}

int MPI_Send_init(Data b, int n, Type t, int to, int tag, Comm c, Requests r) { return prepare("MPI_Send_init", "to", to, tag, r, PMPI_Send_init, b, n, t, to, tag, c); }
int MPI_Bsend_init(Data b, int n, Type t, int to, int tag, Comm c, Requests r) { return prepare("MPI_Bsend_init", "to", to, tag, r, PMPI_Bsend_init, b, n, t, to, tag, c); }
int MPI_Ssend_init(Data b, int n, Type t, int to, int tag, Comm c, Requests r) { return prepare("MPI_Ssend_init", "to", to, tag, r, PMPI_Ssend_init, b, n, t, to, tag, c); }
int MPI_Rsend_init(Data b, int n, Type t, int to, int tag, Comm c, Requests r) { return prepare("MPI_Rsend_init", "to", to, tag, r, PMPI_Rsend_init, b, n, t, to, tag, c); }
int MPI_Recv_init(void* b, int n, Type t, int from, int tag, Comm c, Requests r) { return prepare("MPI_Recv_init", "from", from, tag, r, PMPI_Recv_init, b, n, t, from, tag, c); }
int MPI_Start(Requests r) { return call("MPI_Start", PMPI_Start, r); }
int MPI_Startall(int n, Requests r) { return call("MPI_Startall", PMPI_Startall, n, r); }

int MPI_Wait(Requests r, MPI_Status* s) { return complete("MPI_Wait", 1, r, PMPI_Wait, r, s); }
int MPI_Waitall(int n, Requests r, MPI_Status* s) { return complete("MPI_Waitall", n, r, PMPI_Waitall, n, r, s); }
int MPI_Waitany(int n, Requests r, int* i, MPI_Status* s) { return complete("MPI_Waitany", n, r, PMPI_Waitany, n, r, i, s); }
int MPI_Waitsome(int n, Requests r, int* o, int* i, MPI_Status* s) { return complete("MPI_Waitsome", n, r, PMPI_Waitsome, n, r, o, i, s); }
int MPI_Test(Requests r, int* f, MPI_Status* s) { return complete("MPI_Test", 1, r, PMPI_Test, r, f, s); }
int MPI_Testall(int n, Requests r, int* f, MPI_Status* s) { return complete("MPI_Testall", n, r, PMPI_Testall, n, r, f, s); }
int MPI_Testany(int n, Requests r, int* i, int* f, MPI_Status* s) { return complete("MPI_Testany", n, r, PMPI_Testany, n, r, i, f, s); }
int MPI_Testsome(int n, Requests r, int* o, int* i, MPI_Status* s) { return complete("MPI_Testsome", n, r, PMPI_Testsome, n, r, o, i, s); }
int MPI_Request_free(Requests r) {
    auto& all = agentpar::persistent;
    all.erase(std::remove_if(all.begin(), all.end(), [&](const agentpar::Pending& each) { return each.request == *r; }), all.end());
    return complete("MPI_Request_free", 1, r, PMPI_Request_free, r);
}

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
int MPI_Alltoallw(Data b, const int* n, const int* d, const Type* t, void* o, const int* on, const int* od, const Type* ot, Comm c) {
    return call("MPI_Alltoallw", PMPI_Alltoallw, b, n, d, t, o, on, od, ot, c);
}
int MPI_Neighbor_allgather(Data b, int n, Type t, void* o, int on, Type ot, Comm c) { return call("MPI_Neighbor_allgather", PMPI_Neighbor_allgather, b, n, t, o, on, ot, c); }
int MPI_Neighbor_allgatherv(Data b, int n, Type t, void* o, const int* on, const int* d, Type ot, Comm c) {
    return call("MPI_Neighbor_allgatherv", PMPI_Neighbor_allgatherv, b, n, t, o, on, d, ot, c);
}
int MPI_Neighbor_alltoall(Data b, int n, Type t, void* o, int on, Type ot, Comm c) { return call("MPI_Neighbor_alltoall", PMPI_Neighbor_alltoall, b, n, t, o, on, ot, c); }
int MPI_Neighbor_alltoallv(Data b, const int* n, const int* d, Type t, void* o, const int* on, const int* od, Type ot, Comm c) {
    return call("MPI_Neighbor_alltoallv", PMPI_Neighbor_alltoallv, b, n, d, t, o, on, od, ot, c);
}
int MPI_Neighbor_alltoallw(Data b, const int* n, const Place* d, const Type* t, void* o, const int* on, const Place* od, const Type* ot, Comm c) {
    return call("MPI_Neighbor_alltoallw", PMPI_Neighbor_alltoallw, b, n, d, t, o, on, od, ot, c);
}
int MPI_Comm_create(Comm c, MPI_Group g, Comm* o) { return make("MPI_Comm_create", o, PMPI_Comm_create, c, g); }
int MPI_Comm_create_group(Comm c, MPI_Group g, int tag, Comm* o) { return make("MPI_Comm_create_group", o, PMPI_Comm_create_group, c, g, tag); }
int MPI_Comm_dup(Comm c, Comm* o) { return make("MPI_Comm_dup", o, PMPI_Comm_dup, c); }
int MPI_Comm_dup_with_info(Comm c, MPI_Info i, Comm* o) { return make("MPI_Comm_dup_with_info", o, PMPI_Comm_dup_with_info, c, i); }
int MPI_Comm_idup(Comm c, Comm* o, Requests r) { return begin("MPI_Comm_idup", "", none, none, r, PMPI_Comm_idup, c, o); }
int MPI_Comm_split(Comm c, int colour, int key, Comm* o) { return make("MPI_Comm_split", o, PMPI_Comm_split, c, colour, key); }
int MPI_Comm_split_type(Comm c, int kind, int key, MPI_Info i, Comm* o) { return make("MPI_Comm_split_type", o, PMPI_Comm_split_type, c, kind, key, i); }
int MPI_Intercomm_create(Comm c, int leader, Comm peers, int other, int tag, Comm* o) { return make("MPI_Intercomm_create", o, PMPI_Intercomm_create, c, leader, peers, other, tag); }
int MPI_Intercomm_merge(Comm c, int high, Comm* o) { return make("MPI_Intercomm_merge", o, PMPI_Intercomm_merge, c, high); }
int MPI_Cart_create(Comm c, int n, const int* d, const int* around, int reorder, Comm* o) { return make("MPI_Cart_create", o, PMPI_Cart_create, c, n, d, around, reorder); }
int MPI_Cart_sub(Comm c, const int* kept, Comm* o) { return make("MPI_Cart_sub", o, PMPI_Cart_sub, c, kept); }
int MPI_Graph_create(Comm c, int n, const int* index, const int* edges, int reorder, Comm* o) { return make("MPI_Graph_create", o, PMPI_Graph_create, c, n, index, edges, reorder); }
int MPI_Dist_graph_create(Comm c, int n, const int* from, const int* degrees, const int* to, const int* weights, MPI_Info i, int reorder, Comm* o) {
    return make("MPI_Dist_graph_create", o, PMPI_Dist_graph_create, c, n, from, degrees, to, weights, i, reorder);
}
int MPI_Dist_graph_create_adjacent(Comm c, int in, const int* from, const int* fw, int out, const int* to, const int* tw, MPI_Info i, int reorder, Comm* o) {
    return make("MPI_Dist_graph_create_adjacent", o, PMPI_Dist_graph_create_adjacent, c, in, from, fw, out, to, tw, i, reorder);
}
int MPI_Comm_free(Comm* c) { return end("MPI_Comm_free", c, PMPI_Comm_free); }
int MPI_Comm_disconnect(Comm* c) { return end("MPI_Comm_disconnect", c, PMPI_Comm_disconnect); }

int MPI_Win_create(void* b, Place n, int unit, MPI_Info i, Comm c, Window* w) { return make_window("MPI_Win_create", w, PMPI_Win_create, b, n, unit, i, c); }
int MPI_Win_create_dynamic(MPI_Info i, Comm c, Window* w) { return make_window("MPI_Win_create_dynamic", w, PMPI_Win_create_dynamic, i, c); }
int MPI_Win_allocate(Place n, int unit, MPI_Info i, Comm c, void* b, Window* w) { return make_window("MPI_Win_allocate", w, PMPI_Win_allocate, n, unit, i, c, b); }
int MPI_Win_fence(int assert, Window w) { return call("MPI_Win_fence", PMPI_Win_fence, assert, w); }
int MPI_Win_lock(int kind, int to, int assert, Window w) { return call("MPI_Win_lock", "of", to, none, PMPI_Win_lock, kind, to, assert, w); }
int MPI_Win_lock_all(int assert, Window w) { return call("MPI_Win_lock_all", PMPI_Win_lock_all, assert, w); }
int MPI_Win_unlock(int to, Window w) { return call("MPI_Win_unlock", "of", to, none, PMPI_Win_unlock, to, w); }
int MPI_Win_unlock_all(Window w) { return call("MPI_Win_unlock_all", PMPI_Win_unlock_all, w); }
int MPI_Win_flush(int to, Window w) { return call("MPI_Win_flush", "of", to, none, PMPI_Win_flush, to, w); }
int MPI_Win_flush_all(Window w) { return call("MPI_Win_flush_all", PMPI_Win_flush_all, w); }
int MPI_Win_flush_local(int to, Window w) { return call("MPI_Win_flush_local", "of", to, none, PMPI_Win_flush_local, to, w); }
int MPI_Win_flush_local_all(Window w) { return call("MPI_Win_flush_local_all", PMPI_Win_flush_local_all, w); }
int MPI_Win_post(MPI_Group g, int assert, Window w) { return call("MPI_Win_post", PMPI_Win_post, g, assert, w); }
int MPI_Win_start(MPI_Group g, int assert, Window w) { return call("MPI_Win_start", PMPI_Win_start, g, assert, w); }
int MPI_Win_complete(Window w) { return call("MPI_Win_complete", PMPI_Win_complete, w); }
int MPI_Win_wait(Window w) { return call("MPI_Win_wait", PMPI_Win_wait, w); }
int MPI_Win_free(Window* w) { return call("MPI_Win_free", PMPI_Win_free, w); }
int MPI_Put(Data b, int n, Type t, int to, Place at, int on, Type ot, Window w) { return call("MPI_Put", "to", to, none, PMPI_Put, b, n, t, to, at, on, ot, w); }
int MPI_Get(void* b, int n, Type t, int from, Place at, int on, Type ot, Window w) { return call("MPI_Get", "from", from, none, PMPI_Get, b, n, t, from, at, on, ot, w); }
int MPI_Accumulate(Data b, int n, Type t, int to, Place at, int on, Type ot, MPI_Op op, Window w) {
    return call("MPI_Accumulate", "to", to, none, PMPI_Accumulate, b, n, t, to, at, on, ot, op, w);
}
int MPI_Get_accumulate(Data b, int n, Type t, void* g, int gn, Type gt, int to, Place at, int on, Type ot, MPI_Op op, Window w) {
    return call("MPI_Get_accumulate", "to", to, none, PMPI_Get_accumulate, b, n, t, g, gn, gt, to, at, on, ot, op, w);
}
int MPI_Fetch_and_op(Data b, void* g, Type t, int to, Place at, MPI_Op op, Window w) { return call("MPI_Fetch_and_op", "to", to, none, PMPI_Fetch_and_op, b, g, t, to, at, op, w); }
int MPI_Compare_and_swap(Data b, Data if_equal, void* g, Type t, int to, Place at, Window w) {
    return call("MPI_Compare_and_swap", "to", to, none, PMPI_Compare_and_swap, b, if_equal, g, t, to, at, w);
}
int MPI_Rput(Data b, int n, Type t, int to, Place at, int on, Type ot, Window w, Requests r) { return begin("MPI_Rput", "to", to, none, r, PMPI_Rput, b, n, t, to, at, on, ot, w); }
int MPI_Rget(void* b, int n, Type t, int from, Place at, int on, Type ot, Window w, Requests r) { return begin("MPI_Rget", "from", from, none, r, PMPI_Rget, b, n, t, from, at, on, ot, w); }
int MPI_Raccumulate(Data b, int n, Type t, int to, Place at, int on, Type ot, MPI_Op op, Window w, Requests r) {
    return begin("MPI_Raccumulate", "to", to, none, r, PMPI_Raccumulate, b, n, t, to, at, on, ot, op, w);
}
int MPI_Rget_accumulate(Data b, int n, Type t, void* g, int gn, Type gt, int to, Place at, int on, Type ot, MPI_Op op, Window w, Requests r) {
    return begin("MPI_Rget_accumulate", "to", to, none, r, PMPI_Rget_accumulate, b, n, t, g, gn, gt, to, at, on, ot, op, w);
}

// Errors that end a program would have every rank ask mpirun, which is stopped.
int MPI_Comm_set_errhandler(Comm c, MPI_Errhandler h) { return PMPI_Comm_set_errhandler(c, h == MPI_ERRORS_ARE_FATAL ? errors.of_calls : h); }
int MPI_Win_set_errhandler(Window w, MPI_Errhandler h) { return PMPI_Win_set_errhandler(w, h == MPI_ERRORS_ARE_FATAL ? errors.of_windows : h); }

int MPI_Init(int*, char***) { return refuse("MPI_Init", "MPI is initialised before the function is called; leave it out"); }
int MPI_Init_thread(int*, char***, int, int*) { return refuse("MPI_Init_thread", "MPI is initialised before the function is called; leave it out"); }
int MPI_Finalize() { return refuse("MPI_Finalize", "the caller goes on to use MPI; leave it out"); }
int MPI_Abort(Comm, int code) { return refuse("MPI_Abort", "code " + std::to_string(code)); }
int MPI_Comm_spawn(const char*, char*[], int, MPI_Info, int, Comm, Comm*, int[]) { return refuse("MPI_Comm_spawn", "ranks start no processes"); }
int MPI_Comm_spawn_multiple(int, char*[], char**[], const int[], const MPI_Info[], int, Comm, Comm*, int[]) {
    return refuse("MPI_Comm_spawn_multiple", "ranks start no processes");
}
int MPI_Win_allocate_shared(Place, int, MPI_Info, Comm, void*, Window*) { return refuse("MPI_Win_allocate_shared", "ranks share no memory"); }
int MPI_Open_port(MPI_Info, char*) { return refuse("MPI_Open_port", "ranks meet no other program"); }
int MPI_Comm_accept(const char*, MPI_Info, int, Comm, Comm*) { return refuse("MPI_Comm_accept", "ranks meet no other program"); }
int MPI_Comm_connect(const char*, MPI_Info, int, Comm, Comm*) { return refuse("MPI_Comm_connect", "ranks meet no other program"); }
int MPI_Comm_join(int, Comm*) { return refuse("MPI_Comm_join", "ranks meet no other program"); }
int MPI_Publish_name(const char*, MPI_Info, const char*) { return refuse("MPI_Publish_name", "ranks meet no other program"); }
int MPI_Lookup_name(const char*, MPI_Info, char*) { return refuse("MPI_Lookup_name", "ranks meet no other program"); }
int MPI_File_open(Comm, const char*, int, MPI_Info, MPI_File*) { return refuse("MPI_File_open", "ranks open no files"); }
}
