// Who may do what: the users that processes run as, and where their files lie.
#pragma once

#include <grp.h>

#include <map>

#include "frames.hpp"

namespace runner {

struct Identity {
    uid_t user;
    bool reads_private;   // the reference and the judge live in task/private
    bool signals_others;  // the judge stops and continues workers
    bool writes_task;
    bool writes_work;
    bool outside;         // in bwrap mode: not wrapped
};

constexpr uid_t keeper_user = 2000, nobody_user = 65534;

inline const std::map<std::string, Identity> identities = {
    {"keeper", {keeper_user, true, false, true, false, false}},
    {"builder", {2001, false, false, false, true, false}},
    {"judge", {2002, true, true, false, false, true}},
    {"baseline", {2003, true, false, false, false, false}},
    {"candidate", {2004, false, false, false, false, false}},
};

enum class Mode { uids, bwrap, process };
inline Mode mode;
inline std::string root;
inline std::vector<std::string> wrapper;  // in bwrap mode: its command line, as far as all identities share it

inline const Identity& identity_of(const std::string& name) {
    const auto found = identities.find(name);
    if (found == identities.end()) fail("unknown identity " + name);
    return found->second;
}

// Acts on files as another user; the runner itself has no right to override file modes.
class As {
public:
    explicit As(uid_t user) {
        if (mode == Mode::uids && (setegid(user) != 0 || seteuid(user) != 0)) fail("change identity");
    }
    ~As() {
        if (mode == Mode::uids && (seteuid(0) != 0 || setegid(0) != 0)) fail("restore identity");
    }
    As(const As&) = delete;
    As& operator=(const As&) = delete;
};

inline std::string path_in(const std::string& relative) { return root + "/" + relative; }

}  // namespace runner
