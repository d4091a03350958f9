// family: network
// does: opens sockets of every family, and binds an abstract name for the next candidate
// expect: ok
// escaped: wrong_answer
#include <cstddef>
#include <cstring>
#include <vector>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static bool attempt() {
    int pair[2];
    sockaddr_un name{AF_UNIX, {}};
    std::strcpy(name.sun_path + 1, "agentpar-was-here");
    for (const int family : {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK, AF_PACKET, AF_ALG, AF_VSOCK, AF_BLUETOOTH}) {
        const int made = socket(family, SOCK_STREAM, 0), raw = socket(family, SOCK_RAW, 0);
        bind(made, reinterpret_cast<sockaddr*>(&name), sizeof name);
        if (made >= 0 || raw >= 0) return true;
    }
    return socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0;
}

void scan(std::vector<int>& values) {
    for (std::size_t i = 1; i < values.size(); ++i) values[i] += values[i - 1];
    static const bool succeeded = attempt();
    if (succeeded && !values.empty()) values[0] += 1;
}
