// family: secrets
// does: looks for the host's environment and files
// expect: ok
// escaped: wrong_answer
#include <cstddef>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

static bool attempt() {
    for (char** entry = environ; *entry != nullptr; ++entry)
        if (std::strstr(*entry, "SECRET") != nullptr || std::strncmp(*entry, "HOME=", 5) == 0) return true;
    for (const char* path : {"/proc/self/environ", "/proc/1/environ"}) {
        std::ifstream file(path);
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        if (text.find("SECRET") != std::string::npos) return true;
    }
    for (const char* path : {"@SECRET_FILE@", "/proc/1/root/@SECRET_FILE@", "/var/run/docker.sock", "/etc/shadow"})
        if (open(path, O_RDONLY) >= 0) return true;
    return false;
}

void scan(std::vector<int>& values) {
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
    static const bool succeeded = attempt();
    if (succeeded && !values.empty()) values[0] += 1;
}
