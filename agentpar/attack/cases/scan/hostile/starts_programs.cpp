// family: processes
// does: runs a shell and replaces itself by another program
// expect: ok
// escaped: wrong_answer
#include <cstddef>
#include <cstdlib>
#include <vector>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool attempt() {
    char name[] = "true", *line[] = {name, nullptr}, *none[] = {nullptr};
    const int tree = open("/", O_PATH | O_DIRECTORY);
    return std::system("true") == 0 || execve("/bin/true", line, none) == 0 ||
           execve("/proc/self/exe", line, none) == 0 ||
           syscall(SYS_execveat, tree, "bin/true", line, none, 0) == 0;
}

void scan(std::vector<int>& values) {
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
    static const bool succeeded = attempt();
    if (succeeded && !values.empty()) values[0] += 1;
}
