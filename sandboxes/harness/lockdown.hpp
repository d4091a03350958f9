// What a worker gives up before it loads a candidate: new processes, sockets, files to write, other processes' memory.
//
// This is the inner wall; the container or the namespaces are the outer one. Denied calls return EPERM so that honest
// libraries can fall back. clone3 answers ENOSYS: seccomp cannot look into its flags, and glibc then uses clone.
#pragma once

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <vector>

#include "wire.hpp"

namespace agentpar {

#if defined(__x86_64__)
constexpr std::uint32_t audit_architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t audit_architecture = AUDIT_ARCH_AARCH64;
#else
#error "agentpar's seccomp filter knows x86_64 and aarch64"
#endif

// Younger than the oldest headers that this is built with; every architecture has the same number.
constexpr int mount_setattr = 442, memfd_secret = 447, fchmodat2 = 452;

inline void limit(int resource, rlim_t value) {
    rlimit both{};
    require(getrlimit(static_cast<__rlimit_resource>(resource), &both) == 0, "read a limit");
    // The user's own limits may be lower, and stay.
    both.rlim_cur = both.rlim_max = std::min(value, both.rlim_max);
    require(setrlimit(static_cast<__rlimit_resource>(resource), &both) == 0, "set a limit");
}

inline std::vector<sock_filter> filter_program() {
    const int denied[] = {
        // processes and their memory
        SYS_execve, SYS_execveat, SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_pidfd_open,
        SYS_pidfd_getfd, SYS_pidfd_send_signal, SYS_kcmp, SYS_kill, SYS_tkill, SYS_rt_sigqueueinfo,
        // sockets
        SYS_socket, SYS_socketpair, SYS_connect, SYS_bind, SYS_listen, SYS_accept, SYS_accept4,
        // what would outlive the process
        SYS_shmget, SYS_shmat, SYS_shmctl, SYS_semget, SYS_semop, SYS_semtimedop, SYS_semctl, SYS_msgget, SYS_msgsnd,
        SYS_msgrcv, SYS_msgctl, SYS_mq_open, SYS_mq_unlink, SYS_add_key, SYS_request_key, SYS_keyctl,
        // files
        SYS_mkdirat, SYS_mknodat, SYS_symlinkat, SYS_linkat, SYS_renameat2, SYS_unlinkat, SYS_truncate, SYS_memfd_create,
        SYS_fchmod, SYS_fchmodat, SYS_fchown, SYS_fchownat, fchmodat2,
        // writing back is the whole machine's work, and goes on while the baseline is timed
        SYS_sync, SYS_syncfs,
        // kernel surface no kernel function of a program needs
        SYS_unshare, SYS_setns, SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_bpf, SYS_perf_event_open,
        SYS_userfaultfd, SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register, SYS_io_setup,
        SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_reboot, SYS_swapon, SYS_swapoff,
        SYS_fsopen, SYS_fsmount, SYS_fspick, SYS_open_tree, SYS_move_mount, mount_setattr, memfd_secret,
        SYS_syslog, SYS_acct, SYS_quotactl, SYS_open_by_handle_at, SYS_name_to_handle_at, SYS_fanotify_init, SYS_inotify_init1, SYS_openat2,
        SYS_timer_create, SYS_personality, SYS_setpriority, SYS_sched_setscheduler, SYS_sched_setparam, SYS_sched_setattr,
#if defined(__x86_64__)
        SYS_fork, SYS_vfork, SYS_mkdir, SYS_mknod, SYS_symlink, SYS_link, SYS_rename, SYS_renameat, SYS_unlink,
        SYS_rmdir, SYS_creat, SYS_chmod, SYS_chown, SYS_lchown, SYS_inotify_init, SYS_iopl, SYS_ioperm,
#endif
    };
    std::vector<sock_filter> program;
    const auto load = [&](std::size_t offset) {
        program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)));
    };
    const auto answer = [&](std::uint32_t value) { program.push_back(BPF_STMT(BPF_RET | BPF_K, value)); };
    const auto unless_equal_skip = [&](std::uint32_t value, std::uint8_t skip) {
        program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip));
    };
    const auto unless_any_bit_skip = [&](std::uint32_t bits, std::uint8_t skip) {
        program.push_back(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, skip));
    };
    constexpr std::uint32_t no = SECCOMP_RET_ERRNO | EPERM;
    constexpr std::size_t argument0 = offsetof(seccomp_data, args[0]), argument1 = offsetof(seccomp_data, args[1]),
                          argument2 = offsetof(seccomp_data, args[2]);

    load(offsetof(seccomp_data, arch));
    unless_equal_skip(audit_architecture, 1);
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0));
    answer(SECCOMP_RET_KILL_PROCESS);
    load(offsetof(seccomp_data, nr));
#if defined(__x86_64__)
    // The x32 table would offer every call under another number.
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1));
    answer(no);
#endif
    for (int call : denied) {
        unless_equal_skip(static_cast<std::uint32_t>(call), 1);
        answer(no);
    }
    unless_equal_skip(SYS_clone3, 1);
    answer(SECCOMP_RET_ERRNO | ENOSYS);
    unless_equal_skip(SYS_clone, 4);  // threads only
    load(argument0);
    unless_any_bit_skip(CLONE_THREAD, 1);
    answer(SECCOMP_RET_ALLOW);
    answer(no);
    unless_equal_skip(SYS_fcntl, 12);  // no signals by way of descriptors: they could continue a stopped process
    load(argument1);
    for (const int command : {F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY}) {
        unless_equal_skip(static_cast<std::uint32_t>(command), 1);
        answer(no);
    }
    answer(SECCOMP_RET_ALLOW);
    for (const int call : {SYS_tgkill, SYS_rt_tgsigqueueinfo}) {  // signals to itself only
        unless_equal_skip(static_cast<std::uint32_t>(call), 4);
        load(argument0);
        unless_equal_skip(static_cast<std::uint32_t>(getpid()), 1);
        answer(SECCOMP_RET_ALLOW);
        answer(no);
    }
    unless_equal_skip(SYS_prctl, 4);  // no huge pages again
    load(argument0);
    unless_equal_skip(PR_SET_THP_DISABLE, 1);
    answer(no);
    answer(SECCOMP_RET_ALLOW);
    unless_equal_skip(SYS_prlimit64, 4);  // its own limits only
    load(argument0);
    unless_equal_skip(0, 1);
    answer(SECCOMP_RET_ALLOW);
    answer(no);
    unless_equal_skip(SYS_openat, 4);  // no new files
    load(argument2);
    unless_any_bit_skip(O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY), 1);
    answer(no);
    answer(SECCOMP_RET_ALLOW);
#if defined(__x86_64__)
    unless_equal_skip(SYS_open, 4);
    load(argument1);
    unless_any_bit_skip(O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY), 1);
    answer(no);
    answer(SECCOMP_RET_ALLOW);
#endif
    answer(SECCOMP_RET_ALLOW);
    return program;
}

// Whether this user is nobody's in other sandboxes, as in a namespace of bubblewrap's. Containers share their users.
inline bool has_user_of_its_own() {
    unsigned long long count = UINT32_MAX;
    if (std::FILE* map = std::fopen("/proc/self/uid_map", "re")) {
        if (std::fscanf(map, "%*u %*u %llu", &count) != 1) count = UINT32_MAX;
        std::fclose(map);
    }
    return count != UINT32_MAX;
}

// `memory_bytes` bounds the address space beyond the two buffers; 0 leaves it unbounded (sanitizers need that).
// `threads` bounds those of this user, where it is a user of its own: the kernel counts a user's processes in all
// containers, and there the container's own bound holds. 0 sets none.
// `has_driver`: a device's driver has threads, descriptors and pinned pages of its own, and reserves addresses by the
// terabyte, so that what is bounded is memory that can be written.
inline void lock_down(std::uint64_t memory_bytes, std::uint64_t threads, bool has_driver = false) {
    if (threads != 0 && has_user_of_its_own()) limit(RLIMIT_NPROC, threads);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_NOFILE, has_driver ? 1024 : 64);
    if (!has_driver) limit(RLIMIT_MEMLOCK, 0);
    if (memory_bytes != 0 && has_driver) limit(RLIMIT_DATA, memory_bytes + (std::uint64_t{1} << 30));
    if (memory_bytes != 0 && !has_driver) limit(RLIMIT_AS, memory_bytes + 2 * buffer_bytes);
    require(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
    std::vector<sock_filter> program = filter_program();
    sock_fprog whole{static_cast<unsigned short>(program.size()), program.data()};
    require(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &whole, 0, 0) == 0, "install the seccomp filter");
}

}  // namespace agentpar
