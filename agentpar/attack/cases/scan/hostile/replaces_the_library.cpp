// family: interposition
// does: brings functions of its own under the names that the worker uses
// expect: ok crash
// escaped: wrong_answer
#include <cstddef>
#include <vector>

#include <sys/socket.h>

static volatile long calls;

// Right, but counted: a worker that used one would show how to do more.
extern "C" {
void* memcpy(void* __restrict to, const void* __restrict from, std::size_t bytes) noexcept {
    calls = calls + 1;
    auto* at = static_cast<volatile char*>(to);
    for (std::size_t i = 0; i < bytes; ++i) at[i] = static_cast<const char*>(from)[i];
    return to;
}
ssize_t recv(int fd, void* data, std::size_t bytes, int flags) {
    calls = calls + 1;
    return recvfrom(fd, data, bytes, flags, nullptr, nullptr);
}
ssize_t send(int fd, const void* data, std::size_t bytes, int flags) {
    calls = calls + 1;
    return sendto(fd, data, bytes, flags, nullptr, 0);
}
}
void operator delete(void*) noexcept { calls = calls + 1; }
void operator delete(void*, std::size_t) noexcept { calls = calls + 1; }

void scan(std::vector<int>& values) {
    if (calls > 0) for (int& value : values) value = 0;
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
}
