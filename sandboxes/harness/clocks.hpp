// The judge's clocks: its own, the machine's, and that of a process that is to stand still.
#pragma once

#include <time.h>

#include <cstdio>

#include "wire.hpp"

namespace agentpar {

using Nanoseconds = std::int64_t;

inline Nanoseconds read_clock(clockid_t clock) {
    timespec now{};
    require(clock_gettime(clock, &now) == 0, "read a clock");
    return static_cast<Nanoseconds>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

// CPU time that all processes of this machine have used so far (and what a hypervisor took), in nanoseconds.
inline Nanoseconds machine_cpu() {
    long long user = 0, nice = 0, system = 0, irq = 0, softirq = 0, steal = 0;
    if (std::FILE* file = std::fopen("/proc/stat", "re")) {
        (void)!std::fscanf(file, "%*s %lld %lld %lld %*d %*d %lld %lld %lld", &user, &nice, &system, &irq, &softirq, &steal);
        std::fclose(file);
    }
    return (user + nice + system + irq + softirq + steal) * (1'000'000'000 / sysconf(_SC_CLK_TCK));
}

// What the CPU clock of a process showed when it was stopped, and whether it went on.
//
// A thread is seen stopped a moment before it leaves its CPU, and its time is booked only then. Where a hypervisor takes
// the CPU just there, the moment is long, and an honest process seems to have computed. So the mark is taken once the
// clock stands still, and a session has one lapse: it is told, to be charged in full, and only the second condemns.
class Stillness {
public:
    // `cpu()` is the process's CPU time so far.
    template <class Cpu>
    void begin(Cpu&& cpu) {
        mark_ = cpu();
        for (int looks = 0; looks < most_looks; ++looks) {
            const timespec wait{0, look_every_ns};
            nanosleep(&wait, nullptr);
            const Nanoseconds before = mark_;
            mark_ = cpu();
            if (mark_ == before) return;
        }
    }
    Nanoseconds mark() const { return mark_; }

    // The CPU time that was booked since, where that is more than bookkeeping.
    Nanoseconds lapse(Nanoseconds cpu) {
        const Nanoseconds late = cpu - mark_;
        if (late <= unnoticed) return 0;
        ++lapses_;
        return late;
    }
    bool is_believed() const { return lapses_ <= 1; }

private:
    static constexpr int most_looks = 50;
    static constexpr long look_every_ns = 5'000;
    static constexpr Nanoseconds unnoticed = 200'000;

    Nanoseconds mark_ = 0;
    int lapses_ = 0;
};

}  // namespace agentpar
