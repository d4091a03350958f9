// family: leftovers
// does: makes files, folders, pipes, links and shared memory wherever it can
// expect: ok
// escaped: wrong_answer
#include <cstddef>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static bool attempt() {
    bool made = open("/tmp", O_TMPFILE | O_WRONLY, 0600) >= 0 || open("/dev/shm", O_TMPFILE | O_WRONLY, 0600) >= 0 ||
                memfd_create("agentpar-was-here", 0) >= 0 || open("candidate.so", O_WRONLY) >= 0 ||
                unlink("candidate.so") == 0 || rename("candidate.so", "moved") == 0 ||
                chmod("candidate.so", 0777) == 0 || truncate("candidate.so", 0) == 0 ||
                open("../task/public/worker", O_WRONLY) >= 0;
    for (const char* folder :
         {".", "..", "/", "/tmp", "/work", "/var/tmp", "/dev/shm", "/dev/mqueue", "../task/public"}) {
        const std::string path = std::string(folder) + "/agentpar-was-here";
        made = made || open(path.c_str(), O_WRONLY | O_CREAT, 0666) >= 0 || mkdir(path.c_str(), 0777) == 0 ||
               mknod(path.c_str(), S_IFIFO | 0666, 0) == 0 || symlink("/", path.c_str()) == 0 ||
               link("candidate.so", path.c_str()) == 0 || access(path.c_str(), F_OK) == 0;
        for (int i = 0; i < 1'000'000 && open((path + std::to_string(i)).c_str(), O_CREAT, 0666) >= 0; ++i) made = true;
    }
    return made;
}

void scan(std::vector<int>& values) {
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
    static const bool succeeded = attempt();
    if (succeeded && !values.empty()) values[0] += 1;
}
