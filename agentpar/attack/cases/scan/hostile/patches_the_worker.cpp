// family: interposition
// does: finds the worker's table of functions and puts its own in the place of two
// expect: ok crash tampering
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static long calls;

static ssize_t counted_send(int fd, const void* data, std::size_t bytes, int flags) {
    ++calls;
    return sendto(fd, data, bytes, flags, nullptr, 0);
}
static ssize_t counted_receive(int fd, void* data, std::size_t bytes, int flags) {
    ++calls;
    return recvfrom(fd, data, bytes, flags, nullptr, nullptr);
}

// Every word in the program's own data that holds the address of `from` gets that of `to`.
static void replace(void* from, void* to) {
    std::ifstream maps("/proc/self/maps");
    std::string program(4096, 0);
    program.resize(readlink("/proc/self/exe", program.data(), program.size()));
    for (std::string line; std::getline(maps, line);) {
        if (line.find(program) == std::string::npos) continue;
        std::uintptr_t begin = 0, end = 0;
        char rights[5] = {};
        std::sscanf(line.c_str(), "%lx-%lx %4s", &begin, &end, rights);
        if (rights[0] != 'r' || rights[2] == 'x') continue;
        mprotect(reinterpret_cast<void*>(begin), end - begin, PROT_READ | PROT_WRITE);
        for (void** word = reinterpret_cast<void**>(begin); word < reinterpret_cast<void**>(end); ++word)
            if (*word == from) *word = to;
    }
}

void scan(std::vector<int>& values) {
    static std::once_flag once;
    std::call_once(once, [] {
        replace(reinterpret_cast<void*>(&send), reinterpret_cast<void*>(&counted_send));
        replace(reinterpret_cast<void*>(&recv), reinterpret_cast<void*>(&counted_receive));
    });
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
}
