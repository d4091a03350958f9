// A kernel with next to no work, so that what is left is what agentpar itself costs.
#include <cstddef>
#include <vector>

void empty(std::vector<int>& data) {
    for (std::size_t i = 0; i < data.size(); ++i) {
        data[i] += 1;
    }
}
