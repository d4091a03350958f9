// Messages between the judge and a worker, over a SOCK_SEQPACKET pair, and the shared memory beside it.
//
// The judge writes inputs into a memfd that workers can only read, and reads outputs from one that nobody can resize.
// Every request carries a fresh nonce that the answer must repeat, so a message sent ahead of time is noticed.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace agentpar {

constexpr std::size_t buffer_bytes = std::size_t{1} << 30;  // sparse: pages exist once touched

enum class Request : std::uint32_t { load = 1, go, dump };
enum class Status : std::uint32_t { ready = 1, done, threw, out_of_memory };

struct Order {
    Request request;
    std::uint32_t threads;     // load: how many threads the call may use
    std::uint32_t with_const;  // dump: const inputs too
    std::uint32_t unused;
    std::uint64_t bytes;       // load: inputs in the buffer
    std::uint64_t nonce;
};

struct Answer {
    Status status;
    std::uint32_t unused;
    std::uint64_t bytes;  // dump: outputs in the buffer
    std::uint64_t nonce;
    char text[232];       // what was thrown
};

[[noreturn]] inline void die(const char* what) {
    std::fprintf(stderr, "agentpar: %s: %s\n", what, std::strerror(errno));
    std::_Exit(70);
}

inline void require(bool condition, const char* what) {
    if (!condition) die(what);
}

// Sends two descriptors with one byte.
inline void send_descriptors(int socket, int first, int second) {
    char byte = 0, control[CMSG_SPACE(2 * sizeof(int))] = {};
    iovec data{&byte, 1};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(2 * sizeof(int));
    const int both[2] = {first, second};
    std::memcpy(CMSG_DATA(header), both, sizeof both);
    require(sendmsg(socket, &message, MSG_NOSIGNAL) == 1, "send buffers");
}

inline void receive_descriptors(int socket, int (&both)[2]) {
    char byte = 0, control[CMSG_SPACE(2 * sizeof(int))] = {};
    iovec data{&byte, 1};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    require(recvmsg(socket, &message, MSG_CMSG_CLOEXEC) == 1, "receive buffers");
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    require(header != nullptr && header->cmsg_type == SCM_RIGHTS, "receive buffers");
    std::memcpy(both, CMSG_DATA(header), sizeof both);
}

inline std::uint8_t* map_buffer(int descriptor, int protection) {
    void* at = mmap(nullptr, buffer_bytes, protection, MAP_SHARED | MAP_NORESERVE, descriptor, 0);
    require(at != MAP_FAILED, "map a buffer");
    return static_cast<std::uint8_t*>(at);
}

}  // namespace agentpar
