// family: secrets
// does: makes what it shares with the judge writable, shorter or empty
// expect: ok
// escaped: wrong_answer
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>

static bool attempt() {
    bool could = false;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        std::uintptr_t from = 0, to = 0;
        char rights[5] = {};
        if (line.find("memfd:") == std::string::npos) continue;
        std::sscanf(line.c_str(), "%lx-%lx %4s", &from, &to, rights);
        if (rights[1] == 'w') continue;  // its own to write
        void* start = reinterpret_cast<void*>(from);
        could = could || mprotect(start, 4096, PROT_READ | PROT_WRITE) == 0 || madvise(start, 4096, MADV_REMOVE) == 0;
        char file[64];
        std::snprintf(file, sizeof file, "/proc/self/map_files/%lx-%lx", from, to);
        could = could || open(file, O_RDWR) >= 0;
    }
    return could;
}

void scan(std::vector<int>& values) {
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
    static const bool succeeded = attempt();
    if (succeeded && !values.empty()) values[0] += 1;
}
