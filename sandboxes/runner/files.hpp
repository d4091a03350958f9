// The sandbox's files: what the host puts and gets, and emptying a folder.
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "identities.hpp"

namespace runner {

// Opens a file below the root through real folders only: what a compiler left in `work` may be a link to anywhere.
inline int open_below(const std::string& relative, int flags, mode_t bits) {
    const int top = open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (top < 0) return -1;
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
    how.mode = (flags & O_CREAT) != 0 ? bits : 0;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
    const auto fd = static_cast<int>(syscall(SYS_openat2, top, relative.c_str(), &how, sizeof how));
    const int why = errno;
    close(top);
    errno = why;
    return fd;
}

// put IDENTITY PATH MODE CONTENT
inline void put(Arguments in) {
    const Identity& who = identity_of(in.text());
    const std::string relative = in.text(), path = path_in(relative);
    const auto file_mode = static_cast<mode_t>(std::strtoul(in.text().c_str(), nullptr, 8));
    const std::string& content = in.text();
    const As as(who.user);
    for (std::size_t slash = path.find('/', root.size() + 1); slash != std::string::npos; slash = path.find('/', slash + 1))
        mkdir(path.substr(0, slash).c_str(), 0755);
    const int fd = open_below(relative, O_WRONLY | O_CREAT | O_TRUNC, file_mode);
    if (fd < 0) return write_frame({"error", path + ": " + std::strerror(errno)});
    for (std::size_t at = 0; at < content.size();) {
        const ssize_t n = write(fd, content.data() + at, content.size() - at);
        if (n <= 0) {
            const std::string why = std::strerror(errno);
            close(fd);
            return write_frame({"error", path + ": " + why});
        }
        at += static_cast<std::size_t>(n);
    }
    close(fd);
    write_frame({"ok"});
}

// get IDENTITY PATH
inline void get(Arguments in) {
    const Identity& who = identity_of(in.text());
    const std::string relative = in.text(), path = path_in(relative);
    const As as(who.user);
    const int fd = open_below(relative, O_RDONLY, 0);
    struct stat about {};
    if (fd < 0 || fstat(fd, &about) != 0 || !S_ISREG(about.st_mode) || static_cast<std::size_t>(about.st_size) > largest_frame - 64) {
        if (fd >= 0) close(fd);
        return write_frame({"error", path + ": cannot be read"});
    }
    std::string content(static_cast<std::size_t>(about.st_size), 0);
    std::size_t at = 0;
    for (ssize_t n; at < content.size() && (n = read(fd, content.data() + at, content.size() - at)) > 0;) at += static_cast<std::size_t>(n);
    close(fd);
    content.resize(at);
    write_frame({"ok", content});
}

// Removes a folder's content; what the acting user may not remove stays and is reported.
inline bool wipe(const std::string& path) {
    DIR* folder = opendir(path.c_str());
    if (folder == nullptr) return false;
    bool clean = true;
    while (const dirent* entry = readdir(folder)) {
        const std::string name = entry->d_name;
        if (name == "." || name == "..") continue;
        if (unlinkat(dirfd(folder), name.c_str(), 0) == 0) continue;
        const std::string inner = path + "/" + name;
        if (errno != EISDIR && errno != EPERM && errno != ENOTEMPTY) {
            clean = false;
            continue;
        }
        clean = wipe(inner) && rmdir(inner.c_str()) == 0 && clean;
    }
    closedir(folder);
    return clean;
}

// Removes what processes left in shared memory: a folder of theirs in a container, of each one's own in namespaces.
inline bool wipe_shared_memory() {
    if (mode == Mode::process) {
        const std::string folder = path_in("work/shared");
        return access(folder.c_str(), F_OK) != 0 || wipe(folder);
    }
    if (mode != Mode::uids) return true;
    for (const auto& [name, who] : identities) {
        const As as(who.user);
        wipe("/dev/shm");
    }
    return wipe("/dev/shm");
}

}  // namespace runner
