// What Clang needs to check buffers of MPI against their datatypes (-Wtype-safety), since the headers of Open MPI and of
// MPICH say nothing of it. Included ahead of a candidate that failed, in C and in C++; nothing is built with it.

#pragma once

#include <mpi.h>

#ifdef __cplusplus
extern "C" {
#endif

// An attribute's arguments are no values: only a macro can fill them in.
#ifdef OPEN_MPI  // where a datatype is the address of a variable; elsewhere it is a number
#define AGENTPAR_TYPE(value, name, type) \
    extern struct ompi_predefined_datatype_t ompi_mpi_##name __attribute__((type_tag_for_datatype(mpi, type)))
#else
#define AGENTPAR_TYPE(value, name, type) \
    static const MPI_Datatype agentpar_##name __attribute__((type_tag_for_datatype(mpi, type))) = value
#endif
#define AGENTPAR_BUFFER(function, buffer, datatype) \
    extern __typeof__(function) function __attribute__((pointer_with_type_tag(mpi, buffer, datatype)))
#define AGENTPAR_BUFFERS(function, buffer, datatype, other, its_datatype) \
    AGENTPAR_BUFFER(function, buffer, datatype);                          \
    AGENTPAR_BUFFER(function, other, its_datatype)

AGENTPAR_TYPE(MPI_SHORT, short, short);
AGENTPAR_TYPE(MPI_INT, int, int);
AGENTPAR_TYPE(MPI_LONG, long, long);
AGENTPAR_TYPE(MPI_LONG_LONG_INT, long_long_int, long long);
AGENTPAR_TYPE(MPI_UNSIGNED_SHORT, unsigned_short, unsigned short);
AGENTPAR_TYPE(MPI_UNSIGNED, unsigned, unsigned);
AGENTPAR_TYPE(MPI_UNSIGNED_LONG, unsigned_long, unsigned long);
AGENTPAR_TYPE(MPI_UNSIGNED_LONG_LONG, unsigned_long_long, unsigned long long);
AGENTPAR_TYPE(MPI_FLOAT, float, float);
AGENTPAR_TYPE(MPI_DOUBLE, double, double);
AGENTPAR_TYPE(MPI_LONG_DOUBLE, long_double, long double);

AGENTPAR_BUFFER(MPI_Send, 1, 3);
AGENTPAR_BUFFER(MPI_Ssend, 1, 3);
AGENTPAR_BUFFER(MPI_Isend, 1, 3);
AGENTPAR_BUFFER(MPI_Issend, 1, 3);
AGENTPAR_BUFFER(MPI_Recv, 1, 3);
AGENTPAR_BUFFER(MPI_Irecv, 1, 3);
AGENTPAR_BUFFER(MPI_Bcast, 1, 3);
AGENTPAR_BUFFER(MPI_Ibcast, 1, 3);
AGENTPAR_BUFFER(MPI_Sendrecv_replace, 1, 3);
AGENTPAR_BUFFERS(MPI_Sendrecv, 1, 3, 6, 8);
AGENTPAR_BUFFERS(MPI_Reduce, 1, 4, 2, 4);
AGENTPAR_BUFFERS(MPI_Allreduce, 1, 4, 2, 4);
AGENTPAR_BUFFERS(MPI_Iallreduce, 1, 4, 2, 4);
AGENTPAR_BUFFERS(MPI_Scan, 1, 4, 2, 4);
AGENTPAR_BUFFERS(MPI_Exscan, 1, 4, 2, 4);
AGENTPAR_BUFFERS(MPI_Reduce_scatter, 1, 4, 2, 4);
AGENTPAR_BUFFERS(MPI_Gather, 1, 3, 4, 6);
AGENTPAR_BUFFERS(MPI_Gatherv, 1, 3, 4, 7);
AGENTPAR_BUFFERS(MPI_Scatter, 1, 3, 4, 6);
AGENTPAR_BUFFERS(MPI_Scatterv, 1, 4, 5, 7);
AGENTPAR_BUFFERS(MPI_Allgather, 1, 3, 4, 6);
AGENTPAR_BUFFERS(MPI_Allgatherv, 1, 3, 4, 7);
AGENTPAR_BUFFERS(MPI_Alltoall, 1, 3, 4, 6);
AGENTPAR_BUFFERS(MPI_Alltoallv, 1, 4, 5, 8);

#ifdef __cplusplus
}
#endif
