// Requests and answers: frames on standard input and output.
#pragma once

#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

namespace runner {

using Fields = std::vector<std::string>;

constexpr std::size_t largest_frame = std::size_t{256} << 20;

[[noreturn]] inline void fail(const std::string& what) {
    std::fprintf(stderr, "agentpar runner: %s: %s\n", what.c_str(), std::strerror(errno));
    std::exit(70);
}

inline std::int64_t now_ns() {
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

inline void pause_ns(long nanoseconds) {
    const timespec pause{0, nanoseconds};
    nanosleep(&pause, nullptr);
}

inline bool read_all(void* data, std::size_t bytes) {
    auto* at = static_cast<char*>(data);
    while (bytes != 0) {
        const ssize_t n = read(STDIN_FILENO, at, bytes);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        at += n;
        bytes -= static_cast<std::size_t>(n);
    }
    return true;
}

inline std::optional<Fields> read_frame() {
    std::uint32_t bytes = 0;
    if (!read_all(&bytes, sizeof bytes)) return std::nullopt;
    if (bytes > largest_frame) fail("a frame beyond the limit");
    std::string body(bytes, 0);
    if (!read_all(body.data(), bytes)) return std::nullopt;
    Fields fields;
    for (std::size_t at = 0; at < bytes;) {
        std::uint32_t n = 0;
        if (bytes - at < sizeof n) fail("a malformed frame");
        std::memcpy(&n, body.data() + at, sizeof n);
        at += sizeof n;
        if (bytes - at < n) fail("a malformed frame");
        fields.emplace_back(body, at, n);
        at += n;
    }
    return fields;
}

inline void write_frame(const Fields& fields) {
    std::string body(4, 0);
    for (const std::string& f : fields) {
        const auto n = static_cast<std::uint32_t>(f.size());
        body.append(reinterpret_cast<const char*>(&n), sizeof n);
        body += f;
    }
    const auto n = static_cast<std::uint32_t>(body.size() - 4);
    std::memcpy(body.data(), &n, sizeof n);
    for (std::size_t at = 0; at < body.size();) {
        const ssize_t written = write(STDOUT_FILENO, body.data() + at, body.size() - at);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) std::exit(0);  // nobody listens any more
        at += static_cast<std::size_t>(written);
    }
}

// The fields of a request after its name, one after the other.
class Arguments {
public:
    explicit Arguments(const Fields& fields) : fields_(fields) {}
    const std::string& text() {
        if (at_ >= fields_.size()) fail("a request with too few fields");
        return fields_[at_++];
    }
    std::uint64_t number() { return std::strtoull(text().c_str(), nullptr, 10); }
    std::vector<std::string> list() {
        std::vector<std::string> result(number());
        for (auto& s : result) s = text();
        return result;
    }

private:
    const Fields& fields_;
    std::size_t at_ = 1;
};

}  // namespace runner
