// family: secrets
// does: uses descriptors that somebody else left open
// expect: ok
// escaped: wrong_answer
#include <cstddef>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

static bool attempt() {
    int sockets = 0;
    for (int fd = 3; fd < 64; ++fd) {
        struct stat about{};
        if (fstat(fd, &about) != 0) continue;
        sockets += S_ISSOCK(about.st_mode);
        char byte;
        if (!S_ISSOCK(about.st_mode) && (pread(fd, &byte, 1, 0) == 1 || ftruncate(fd, 0) == 0)) return true;
    }
    return sockets != 1;  // its own end of the way to the judge
}

void scan(std::vector<int>& values) {
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
    static const bool succeeded = attempt();
    if (succeeded && !values.empty()) values[0] += 1;
}
