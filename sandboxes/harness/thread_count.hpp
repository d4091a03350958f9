// How candidates without an OpenMP runtime learn how many threads a call may use. Included by the workers of the targets
// `threads` and `stdpar`.
//
// The functions that such code asks are defined here, before those of the libraries. The process is also bound to as
// many CPUs, so that whoever does not ask gains nothing by it; of more threads than CPUs each CPU gets some.
#pragma once

#include <dirent.h>
#include <sched.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <thread>
#include <vector>

#ifdef AGENTPAR_TBB
#include <tbb/global_control.h>
#include <tbb/info.h>

#include <optional>
#endif

extern "C" long __sysconf(int) noexcept;

namespace agentpar {

// 0 until the first call of a candidate: then they are as many as the machine has.
inline std::atomic<int> allowed_threads{0};

inline int thread_count() {
    const int allowed = allowed_threads.load(std::memory_order_relaxed);
    return allowed > 0 ? allowed : static_cast<int>(__sysconf(_SC_NPROCESSORS_ONLN));
}

// The CPUs that this process had when it was first asked, in order.
inline const std::vector<int>& own_cpus() {
    static const std::vector<int> cpus = [] {
        cpu_set_t set;
        std::vector<int> found;
        if (sched_getaffinity(0, sizeof set, &set) != 0) return found;
        for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
            if (CPU_ISSET(cpu, &set)) found.push_back(cpu);
        return found;
    }();
    return cpus;
}

// Binds every thread of this process to `count` CPUs that lie far apart: neighbours often share a core.
inline void bind_threads(std::size_t count) {
    const std::vector<int>& cpus = own_cpus();
    DIR* tasks = cpus.empty() ? nullptr : opendir("/proc/self/task");
    if (tasks == nullptr) return;
    cpu_set_t set;
    CPU_ZERO(&set);
    const std::size_t used = std::min(count, cpus.size());
    for (std::size_t i = 0; i < used; ++i) CPU_SET(cpus[i * cpus.size() / used], &set);
    // One that ends meanwhile needs no place.
    while (const dirent* entry = readdir(tasks))
        if (entry->d_name[0] != '.') (void)sched_setaffinity(std::atoi(entry->d_name), sizeof set, &set);
    closedir(tasks);
}

}  // namespace agentpar

unsigned std::thread::hardware_concurrency() noexcept { return static_cast<unsigned>(agentpar::thread_count()); }
extern "C" int get_nprocs() noexcept { return agentpar::thread_count(); }
extern "C" long sysconf(int name) noexcept {
    return name == _SC_NPROCESSORS_ONLN ? agentpar::thread_count() : __sysconf(name);
}

extern "C" void agentpar_set_threads(int count) {
    if (count == agentpar::allowed_threads.load(std::memory_order_relaxed)) return;
#ifdef AGENTPAR_TBB
    // TBB looks once how many CPUs it has, so it must look before there are fewer.
    (void)tbb::info::default_concurrency();
    static std::optional<tbb::global_control> limit;
    limit.reset();
    limit.emplace(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(count));
#endif
    agentpar::bind_threads(static_cast<std::size_t>(count));
    agentpar::allowed_threads.store(count, std::memory_order_relaxed);
}
