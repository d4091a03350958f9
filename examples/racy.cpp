// A trap: counts the different keys by marking those seen. Every iteration writes the same value to a mark, so
// a bare `parallel for` passes most value checks, and yet it is a data race: two threads that meet the same new
// key at once both count it. Only an atomic test-and-set on the mark is right.
#include <cstddef>
#include <vector>

long count_distinct(const std::vector<int>& keys, std::vector<int>& seen) {
    if (seen.empty()) {
        return 0;
    }
    long distinct = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const std::size_t slot = static_cast<unsigned>(keys[i]) * 2654435761u % seen.size();
        if (seen[slot] == 0) {
            seen[slot] = 1;
            ++distinct;
        }
    }
    return distinct;
}
