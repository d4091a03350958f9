// What ranks of Python take from the harness of C++, as a library: how they are launched and join MPI, notes of their
// calls, and what they give up. Loaded before mpi4py, so that its calls of MPI come through here.
#include "harness/mpi_calls.hpp"

namespace {

// mpi4py raises what a call returns, with these words.
int return_refusal(const std::string& words) {
    int code = MPI_ERR_OTHER;
    PMPI_Add_error_code(MPI_ERR_OTHER, &code);
    PMPI_Add_error_string(code, words.c_str());
    return code;
}

}  // namespace

extern "C" int agentpar_launch(const char* program, const char* memory_bytes, const char* threads, const int* sockets, int count) {
    return agentpar::Launcher({sockets, sockets + count}).run(program, memory_bytes, threads);
}

extern "C" int agentpar_join(const char* door) {
    agentpar::tell_refusal = return_refusal;
    return agentpar::join_ranks(door, agentpar::Errors::returned);
}

extern "C" void agentpar_lock_down(std::uint64_t memory_bytes, std::uint64_t threads) {
    agentpar::lock_down(memory_bytes == 0 ? 0 : memory_bytes + agentpar::library_bytes, threads);
}
