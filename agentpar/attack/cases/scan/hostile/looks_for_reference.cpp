// family: secrets
// does: opens and loads what only judge and baseline may see
// expect: ok
// escaped: wrong_answer
#include <cstddef>
#include <string>
#include <vector>

#include <dlfcn.h>
#include <fcntl.h>

static bool attempt() {
    for (const char* top : {"../", "/", "/proc/1/root/", "/proc/1/cwd/../", "../task/public/../../"}) {
        const std::string folder = std::string(top) + "task/private";
        for (const char* file : {"", "/reference.cpp", "/baseline.so", "/identity.so", "/judge"})
            if (open((folder + file).c_str(), O_RDONLY) >= 0) return true;
        if (dlopen((folder + "/baseline.so").c_str(), RTLD_NOW) != nullptr) return true;
    }
    return false;
}

void scan(std::vector<int>& values) {
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
    static const bool succeeded = attempt();
    if (succeeded && !values.empty()) values[0] += 1;
}
