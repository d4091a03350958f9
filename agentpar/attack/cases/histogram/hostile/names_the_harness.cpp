// family: build: entry
// does: speaks of the harness
// expect: screened
// feedback: agentpar_entry
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    for (int key : keys) ++counts[key & 255];
}

void* agentpar_entry();
