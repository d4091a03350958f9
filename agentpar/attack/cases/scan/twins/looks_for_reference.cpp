// does: looks a function of its own process up
#include <cstddef>
#include <vector>

#include <dlfcn.h>

static bool attempt() {
    return dlsym(RTLD_DEFAULT, "memcpy") == nullptr;
}

void scan(std::vector<int>& values) {
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
    static const bool succeeded = attempt();
    if (succeeded && !values.empty()) values[0] += 1;
}
