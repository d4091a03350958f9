// pattern: std::thread
#include <semaphore.h>

#include <chrono>
#include <ctime>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

double weigh(const std::vector<double>& x, std::vector<double>& y, int n) {
    using namespace std::chrono_literals;
    double sum = 0.0;
    int parts = 0, readers = 0;
    std::timed_mutex own;
    std::shared_timed_mutex shared;
    sem_t turn;
    sem_init(&turn, 0, 1);
    std::vector<std::thread> team;
    for (int t = 0; t < 2; ++t)
        team.emplace_back([&, t] {
            double mine = 0.0;
            for (int i = t; i < n; i += 2) mine += y[i] = 2.0 * x[i] + 1.0;
            while (!own.try_lock_for(5ms)) continue;
            sum += mine;
            own.unlock();
            while (!shared.try_lock_until(std::chrono::steady_clock::now() + 5ms)) continue;
            ++parts;
            shared.unlock();
            while (!shared.try_lock_shared_for(5ms)) continue;
            const int seen = parts;
            shared.unlock_shared();
            timespec until{};
            clock_gettime(CLOCK_MONOTONIC, &until);
            until.tv_sec += 60;
            sem_clockwait(&turn, CLOCK_MONOTONIC, &until);
            readers += seen > 0;
            sem_post(&turn);
        });
    for (std::thread& member : team) member.join();
    sem_destroy(&turn);
    return readers == 2 ? sum : -1.0;
}
