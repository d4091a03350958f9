// family: processes
// does: traces the judge and the baseline and reads their memory
// expect: ok
// escaped: wrong_answer
#include <cstddef>
#include <fstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <unistd.h>

// Its own threads, and the first process where that is its own namespace's, are no others.
static bool is_own(int pid) { return access(("/proc/self/task/" + std::to_string(pid)).c_str(), F_OK) == 0; }

static bool attempt() {
    bool could = false;
    char byte;
    iovec local{&byte, 1}, remote{reinterpret_cast<void*>(0x400000), 1};
    for (int pid = 2; pid < 400; ++pid) {
        if (is_own(pid)) continue;
        could = could || ptrace(PTRACE_ATTACH, pid, nullptr, nullptr) == 0 ||
                ptrace(PTRACE_SEIZE, pid, nullptr, nullptr) == 0 || process_vm_readv(pid, &local, 1, &remote, 1, 0) > 0;
        const std::string folder = "/proc/" + std::to_string(pid);
        std::string name;
        std::getline(std::ifstream(folder + "/comm"), name);
        if (name.empty()) continue;
        for (const char* file : {"/mem", "/maps", "/fd/3", "/root/task/private/judge"})
            could = could || open((folder + file).c_str(), O_RDONLY) >= 0;
    }
    return could;
}

void scan(std::vector<int>& values) {
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
    static const bool succeeded = attempt();
    if (succeeded && !values.empty()) values[0] += 1;
}
