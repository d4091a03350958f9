// Blocks of elements for MPI's ranks, and what brings them together.
#include <mpi.h>

#include <cstddef>
#include <vector>

namespace blocks {

inline int rank() {
    int number = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &number);
    return number;
}

inline int ranks() {
    int count = 1;
    MPI_Comm_size(MPI_COMM_WORLD, &count);
    return count;
}

inline int begin_of(std::size_t n, int rank) { return static_cast<int>(n * static_cast<std::size_t>(rank) / static_cast<std::size_t>(ranks())); }

inline void gather(std::vector<double>& y) {
    std::vector<int> starts, counts;
    for (int r = 0; r < ranks(); ++r) {
        starts.push_back(begin_of(y.size(), r));
        counts.push_back(begin_of(y.size(), r + 1) - starts.back());
    }
    MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, y.data(), counts.data(), starts.data(), MPI_DOUBLE, MPI_COMM_WORLD);
}

}  // namespace blocks
