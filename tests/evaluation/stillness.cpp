// Stops processes that compute for ever. Prints how often an honest one seemed to have gone on, how often one that was
// continued behind the judge's back did, and whether that one was still believed after the first time and the second.
#include "harness/clocks.hpp"

#include <signal.h>
#include <sys/wait.h>

#include <iostream>
#include <thread>

using namespace agentpar;

namespace {

void pause_ms(long milliseconds) {
    const timespec wait{0, milliseconds * 1'000'000};
    nanosleep(&wait, nullptr);
}

struct Busy {
    pid_t process = fork();
    clockid_t clock{};

    Busy() {
        if (process == 0) {
            std::thread beside([] { for (volatile unsigned n = 0;; ++n) {} });
            for (volatile unsigned n = 0;; ++n) {}
        }
        require(clock_getcpuclockid(process, &clock) == 0, "know its clock");
        pause_ms(5);
    }
    ~Busy() {
        kill(process, SIGKILL);
        waitpid(process, nullptr, 0);
    }
    Nanoseconds cpu() const { return read_clock(clock); }
    void stop() const {
        kill(process, SIGSTOP);
        int status = 0;
        require(waitpid(process, &status, WUNTRACED) == process && WIFSTOPPED(status), "stop it");
    }
};

}  // namespace

int main() {
    int honest = 0, hostile = 0;
    bool after_first = false, after_second = false;
    {
        const Busy busy;
        Stillness stillness;
        for (int round = 0; round < 200; ++round) {
            busy.stop();
            stillness.begin([&] { return busy.cpu(); });
            pause_ms(2);
            honest += stillness.lapse(busy.cpu()) != 0;
            kill(busy.process, SIGCONT);
            pause_ms(1);
        }
    }
    const Busy busy;
    Stillness stillness;
    for (bool* believed : {&after_first, &after_second}) {
        busy.stop();
        stillness.begin([&] { return busy.cpu(); });
        kill(busy.process, SIGCONT);
        for (const Nanoseconds enough = busy.cpu() + 1'000'000; busy.cpu() < enough;) pause_ms(1);
        hostile += stillness.lapse(busy.cpu()) >= 1'000'000;
        *believed = stillness.is_believed();
    }
    std::cout << honest << ' ' << hostile << ' ' << after_first << ' ' << after_second << '\n';
}
