// Messages between the judge and a worker, over a SOCK_SEQPACKET pair, and the shared memory beside it.
//
// The judge writes shapes into a memfd that workers can only read, and reads maps from one that nobody can resize.
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

constexpr std::size_t longest_path = 1024;

// The last three are for candidates on a device: see place.hpp.
enum class Request : std::uint32_t { load = 1, go, flush, place, collect };
enum class Status : std::uint32_t { ready = 1, done, threw, out_of_memory, failed, left_over };

struct Order {
    Request request;
    std::uint32_t threads;  // load: how many threads the call may use
    std::uint64_t bytes;    // load: of the shape
    std::uint64_t nonce;
};

struct Answer {
    Status status;
    std::uint32_t unused;
    std::uint64_t bytes;  // of the map: the inputs' after load, the outputs' (behind it) after go
    std::uint64_t nonce;
    char text[232];       // what was thrown, what failed, what was left behind
};

// What a rank does in MPI, as its worker notes it at the end of the map. It decides nothing but how a hanging rank is told.
struct CallRecord {
    std::uint32_t is_rank;   // whether calls are noted at all
    std::uint32_t is_inside;
    std::uint64_t calls;     // begun so far
    std::int32_t peer, tag;  // `any` where the call takes any, `none` where it has none
    char relation[8];        // what the peer is: "to", "from", "root"
    char name[40];

    static constexpr std::int32_t any = -1, none = -2;
};
constexpr std::size_t record_at = buffer_bytes - 4096;

[[noreturn]] inline void die(const char* what) {
    std::fprintf(stderr, "agentpar: %s: %s\n", what, std::strerror(errno));
    std::_Exit(70);
}

inline void require(bool condition, const char* what) {
    if (!condition) die(what);
}

// One message; a candidate's own timer may interrupt the waiting.
inline ssize_t receive(int socket, void* data, std::size_t bytes) {
    ssize_t got;
    do got = recv(socket, data, bytes, 0);
    while (got < 0 && errno == EINTR);
    return got;
}

// Room for the ancillary data of one message: descriptors and, where asked for, the sender's credentials.
struct Control {
    alignas(cmsghdr) char bytes[CMSG_SPACE(2 * sizeof(int)) + CMSG_SPACE(sizeof(ucred))] = {};
};

// Sends one message with descriptors.
template <std::size_t N>
void send_with(int socket, const void* data, std::size_t bytes, const int (&descriptors)[N]) {
    Control control;
    iovec block{const_cast<void*>(data), bytes};
    msghdr message{};
    message.msg_iov = &block;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(sizeof descriptors);
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof descriptors);
    std::memcpy(CMSG_DATA(header), descriptors, sizeof descriptors);
    require(sendmsg(socket, &message, MSG_NOSIGNAL) == static_cast<ssize_t>(bytes), "send descriptors");
}

// Takes the two descriptors that come with one byte.
inline void receive_two(int socket, int (&both)[2]) {
    char byte = 0;
    Control control;
    iovec data{&byte, 1};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
    require(recvmsg(socket, &message, MSG_CMSG_CLOEXEC) == 1, "receive descriptors");
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    require(header != nullptr && header->cmsg_type == SCM_RIGHTS && header->cmsg_len == CMSG_LEN(sizeof both), "receive descriptors");
    std::memcpy(both, CMSG_DATA(header), sizeof both);
}

inline std::uint8_t* map_buffer(int descriptor, int protection) {
    void* at = mmap(nullptr, buffer_bytes, protection, MAP_SHARED | MAP_NORESERVE, descriptor, 0);
    require(at != MAP_FAILED, "map a buffer");
    return static_cast<std::uint8_t*>(at);
}

}  // namespace agentpar
